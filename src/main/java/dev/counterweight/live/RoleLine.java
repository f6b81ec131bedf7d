package dev.counterweight.live;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.counterweight.live.JobView.Lags.Place;
import dev.counterweight.live.JobView.Latest.Seen;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleView;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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
record RoleLine(
    String role,
    boolean here,
    String state,
    String tone,
    String words,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long heardMs) {
  /** Without news for so long while there is work, a role elsewhere is doubted. */
  static final long SILENCE_MS = 15_000;

  /** A trainer that told of steps so lately is at work, also while it waits for the next batch. */
  private static final long FRESH_MS = 4_000;

  private static final List<String> ROLES =
      List.of("joiner", "counter", "sampler", "trainer", "scorer", "judge");

  /** Those that tell on a page of their own how far behind they are. */
  private static final Set<String> TELLING = Set.of("joiner", "scorer", "judge");

  /**
   * A job's roles, in the order of the data path; scorer and judge where there are such.
   *
   * @param joins whether its labels come later, so that it has a joiner
   */
  static List<RoleLine> of(List<RoleView> here, boolean joins, JobView view, long nowMs) {
    List<RoleLine> lines = new ArrayList<>();
    for (String name : ROLES) {
      if (!has(name, here, joins, view)) {
        continue;
      }
      Role.@Nullable Status status =
          here.stream()
              .filter(role -> role.name().equals(name))
              .findFirst()
              .map(RoleView::status)
              .orElse(null);
      Seen<?> news =
          switch (name) {
            case "joiner" -> view.latest().labelled();
            case "counter" -> view.latest().weights();
            case "trainer" -> view.latest().report();
            case "scorer" -> view.latest().score();
            case "judge" -> null;
            default -> view.lags().sampled();
          };
      Place place =
          switch (name) {
            case "joiner", "scorer", "judge" -> own(here, name);
            case "counter" -> view.lags().counter();
            case "trainer" -> view.lags().trainer();
            default -> view.lags().sampler();
          };
      lines.add(
          status == null
              ? elsewhere(name, news, place, nowMs, view.trouble() != null)
              : here(name, status, news, place, nowMs, view));
    }
    return lines;
  }

  private static boolean has(String name, List<RoleView> here, boolean joins, JobView view) {
    return switch (name) {
      case "joiner" -> joins;
      case "scorer" -> RolePages.isHere(here, name) || view.latest().score() != null;
      case "judge" -> RolePages.isHere(here, name);
      default -> true;
    };
  }

  /** Where one stands that reads other topics than the rest, as far as it tells. */
  private static @Nullable Place own(List<RoleView> here, String name) {
    long lag = RolePages.lag(RolePages.of(here, name));
    return lag < 0 ? null : new Place(lag, null);
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
    return whole < 100 ? whole + " s" : (whole / 60) + " min " + (whole % 60) + " s";
  }

  private static RoleLine here(
      String role,
      Role.Status status,
      @Nullable Seen<?> news,
      @Nullable Place place,
      long nowMs,
      JobView view) {
    if (status.state() == Role.State.RUNNING && view.trouble() != null) {
      return new RoleLine(role, true, "waiting", "wait", "waiting for Kafka", heard(news));
    }
    boolean caughtUp = place != null && place.events() == 0;
    boolean trains =
        role.equals("trainer") && news != null && nowMs - news.seenMs() < FRESH_MS && !caughtUp;
    Role.State state =
        status.state() == Role.State.WAITING && trains ? Role.State.RUNNING : status.state();
    // At work, and yet without reports: how far it is by now is not known.
    boolean untold =
        role.equals("trainer") && state == Role.State.RUNNING && !caughtUp && silent(news, nowMs);
    String words =
        switch (state) {
          case RUNNING -> join(verb(role), untold ? silence(news, nowMs) : distance(place));
          case WAITING ->
              role.equals("trainer") && caughtUp
                  ? "caught up, waiting for "
                      + (view.held().forMs(nowMs) >= Headline.HELD_MS
                          ? "an open transaction to end"
                          : "events")
                  : join(status.detail(), caughtUp ? "" : distance(place));
          case DONE -> join("stopped", status.detail());
          case FAILED -> "failed: " + status.detail();
          case DRAINING -> join("stopping", status.detail());
          case STARTING ->
              join("starting", status.detail().equals("starting") ? "" : status.detail());
        };
    String tone =
        switch (state) {
          case RUNNING -> untold ? "wait" : "good";
          case WAITING -> caughtUp ? "good" : "wait";
          case STARTING, DRAINING -> "wait";
          case DONE -> "idle";
          case FAILED -> "bad";
        };
    return new RoleLine(
        role, true, state.name().toLowerCase(Locale.ROOT), tone, words, heard(news));
  }

  private static RoleLine elsewhere(
      String role, @Nullable Seen<?> news, @Nullable Place place, long nowMs, boolean away) {
    if (away) {
      return new RoleLine(
          role, false, "elsewhere", "idle", "not known while Kafka does not answer", heard(news));
    }
    if (news == null && (role.equals("sampler") || role.equals("joiner"))) {
      return new RoleLine(role, false, "elsewhere", "idle", "not in this process", 0);
    }
    if (news != null && TELLING.contains(role)) {
      // An hour without a label is no silence of the joiner's, nor one without an event the
      // scorer's.
      String words =
          verb(role) + ", wrote " + duration((nowMs - news.writtenMs()) / 1000.0) + " ago";
      return new RoleLine(role, false, "elsewhere", "good", words, heard(news));
    }
    if (news == null) {
      String words = "not in this process, nothing heard of it yet";
      return new RoleLine(role, false, "unheard", "wait", words, 0);
    }
    boolean busy = place == null || place.events() > 0;
    if (busy && silent(news, nowMs)) {
      String silence = "not heard of for " + duration((nowMs - news.writtenMs()) / 1000.0);
      return new RoleLine(
          role, false, "unheard", "wait", join(silence, distance(place)), heard(news));
    }
    return new RoleLine(
        role, false, "elsewhere", "good", join(verb(role), distance(place)), heard(news));
  }

  private static boolean silent(@Nullable Seen<?> news, long nowMs) {
    return news != null && nowMs - news.writtenMs() > SILENCE_MS;
  }

  private static String silence(@Nullable Seen<?> news, long nowMs) {
    return "no report for " + duration((nowMs - heard(news)) / 1000.0);
  }

  private static long heard(@Nullable Seen<?> news) {
    return news == null ? 0 : news.writtenMs();
  }

  private static String verb(String role) {
    return switch (role) {
      case "joiner" -> "joining";
      case "counter" -> "counting";
      case "sampler" -> "sampling";
      case "scorer" -> "scoring";
      case "judge" -> "judging";
      default -> "training";
    };
  }

  private static String join(String first, String second) {
    return second.isEmpty() ? first : first + ", " + second;
  }
}
