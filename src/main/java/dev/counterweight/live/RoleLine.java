package dev.counterweight.live;

import dev.counterweight.live.JobView.Seen;
import dev.counterweight.runtime.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A role's state in words.
 *
 * @param here whether it runs in this process; else what is said of it is what its topics show
 * @param state as of {@link Role.State}, in lower case; elsewhere, unheard or elsewhere-unknown
 *     when it does not run here
 * @param words such as "training, 1.2 s behind"
 * @param heardMs when it last wrote something, 0 if that is not known
 */
record RoleLine(String role, boolean here, String state, String words, long heardMs) {
  /** Without news for so long while there is work, a role elsewhere is doubted. */
  static final long SILENCE_MS = 15_000;

  private static final List<String> ROLES = List.of("counter", "sampler", "trainer");

  /** A job's three roles, in the order of the data path. */
  static List<RoleLine> of(List<Role> here, JobView view, long nowMs) {
    List<RoleLine> lines = new ArrayList<>();
    for (String name : ROLES) {
      Role.@Nullable Status status =
          here.stream()
              .filter(role -> role.name().equals(name))
              .findFirst()
              .map(Role::status)
              .orElse(null);
      Seen<?> news =
          switch (name) {
            case "counter" -> view.weights();
            case "trainer" -> view.report();
            default -> null;
          };
      Place place =
          switch (name) {
            case "counter" -> view.counter();
            case "trainer" -> view.trainer();
            default -> null;
          };
      lines.add(
          status == null
              ? elsewhere(name, news, place, nowMs)
              : new RoleLine(
                  name,
                  true,
                  status.state().name().toLowerCase(Locale.ROOT),
                  words(name, status, place),
                  news == null ? 0 : news.writtenMs()));
    }
    return lines;
  }

  /** How far behind, such as "1.2 s behind" or "caught up"; empty if it is not known. */
  static String distance(@Nullable Place place) {
    if (place == null) {
      return "";
    }
    if (place.events() == 0) {
      return "caught up";
    }
    Double seconds = place.seconds();
    return seconds == null
        ? String.format(Locale.ROOT, "%,d events behind", place.events())
        : duration(seconds) + " behind";
  }

  /** Such as "0.4 s", "12 s" or "3 min 20 s". */
  static String duration(double seconds) {
    if (seconds < 9.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    return whole < 100 ? whole + " s" : "%d min %d s".formatted(whole / 60, whole % 60);
  }

  private static String words(String role, Role.Status status, @Nullable Place place) {
    return switch (status.state()) {
      case RUNNING -> join(verb(role), distance(place));
      case WAITING ->
          join(status.detail(), place == null || place.events() == 0 ? "" : distance(place));
      case DONE -> join("stopped", status.detail());
      case FAILED -> "failed: " + status.detail();
      case DRAINING -> join("stopping", status.detail());
      case STARTING -> join("starting", status.detail().equals("starting") ? "" : status.detail());
    };
  }

  private static RoleLine elsewhere(
      String role, @Nullable Seen<?> news, @Nullable Place place, long nowMs) {
    if (role.equals("sampler")) {
      return new RoleLine(role, false, "elsewhere", "not in this process", 0);
    }
    if (news == null) {
      return new RoleLine(
          role, false, "unheard", "not in this process, nothing heard of it yet", 0);
    }
    boolean busy = place == null || place.events() > 0;
    if (busy && nowMs - news.writtenMs() > SILENCE_MS) {
      String silence = duration((nowMs - news.writtenMs()) / 1000.0);
      return new RoleLine(
          role,
          false,
          "unheard",
          join("not heard of for " + silence, distance(place)),
          news.writtenMs());
    }
    return new RoleLine(
        role, false, "elsewhere", join(verb(role), distance(place)), news.writtenMs());
  }

  private static String verb(String role) {
    return switch (role) {
      case "counter" -> "counting";
      case "sampler" -> "sampling";
      default -> "training";
    };
  }

  private static String join(String first, String second) {
    return second.isEmpty() ? first : first + ", " + second;
  }
}
