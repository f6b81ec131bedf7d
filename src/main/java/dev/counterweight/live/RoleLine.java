package dev.counterweight.live;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.counterweight.live.JobView.Lags.Place;
import dev.counterweight.live.JobView.Latest.Seen;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleView;
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

  /**
   * What is known of one of a job's roles, wherever it runs.
   *
   * @param verb what it does, of a line of words
   * @param has whether the job has it, as far as is known
   * @param telling whether it tells on a page of its own how far behind it is
   * @param news what it wrote last
   */
  private record Known(
      String role,
      String verb,
      boolean has,
      boolean telling,
      @Nullable Seen<?> news,
      @Nullable Place place) {
    long heardMs() {
      return news == null ? 0 : news.writtenMs();
    }

    boolean caughtUp() {
      return place != null && place.events() == 0;
    }

    boolean isSilent(long nowMs) {
      return news != null && nowMs - news.writtenMs() > SILENCE_MS;
    }
  }

  private static List<Known> known(List<RoleView> here, boolean joins, JobView view) {
    JobView.Latest latest = view.latest();
    JobView.Lags lags = view.lags();
    boolean scores = RolePages.isHere(here, "scorer") || latest.score() != null;
    boolean judges = RolePages.isHere(here, "judge");
    return List.of(
        new Known("joiner", "joining", joins, true, latest.labelled(), own(here, "joiner")),
        new Known("counter", "counting", true, false, latest.weights(), lags.counter()),
        new Known("sampler", "sampling", true, false, lags.sampled(), lags.sampler()),
        new Known("trainer", "training", true, false, latest.report(), lags.trainer()),
        new Known("scorer", "scoring", scores, true, latest.score(), own(here, "scorer")),
        new Known("judge", "judging", judges, true, null, own(here, "judge")));
  }

  /**
   * A job's roles, in the order of the data path; scorer and judge where there are such.
   *
   * @param joins whether its labels come later, so that it has a joiner
   */
  static List<RoleLine> of(List<RoleView> here, boolean joins, JobView view, long nowMs) {
    return known(here, joins, view).stream()
        .filter(Known::has)
        .map(
            known ->
                here.stream()
                    .filter(role -> role.name().equals(known.role()))
                    .findFirst()
                    .map(role -> here(known, role.status(), nowMs, view))
                    .orElseGet(() -> elsewhere(known, nowMs, view.trouble() != null)))
        .toList();
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

  private static RoleLine here(Known known, Role.Status status, long nowMs, JobView view) {
    String role = known.role();
    Seen<?> news = known.news();
    if (status.state() == Role.State.RUNNING && view.trouble() != null) {
      return new RoleLine(role, true, "waiting", "wait", "waiting for Kafka", known.heardMs());
    }
    boolean trainer = role.equals("trainer");
    boolean caughtUp = known.caughtUp();
    boolean trains = trainer && news != null && nowMs - news.seenMs() < FRESH_MS && !caughtUp;
    Role.State state =
        status.state() == Role.State.WAITING && trains ? Role.State.RUNNING : status.state();
    // At work, and yet without reports: how far it is by now is not known.
    boolean untold = trainer && state == Role.State.RUNNING && !caughtUp && known.isSilent(nowMs);
    String words =
        switch (state) {
          case RUNNING ->
              join(
                  known.verb(),
                  untold
                      ? "no report for " + ago(known.heardMs(), nowMs)
                      : distance(known.place()));
          case WAITING ->
              trainer && caughtUp
                  ? "caught up, waiting for "
                      + (view.held().forMs(nowMs) >= Headline.HELD_MS
                          ? "an open transaction to end"
                          : "events")
                  : join(status.detail(), caughtUp ? "" : distance(known.place()));
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
        role, true, state.name().toLowerCase(Locale.ROOT), tone, words, known.heardMs());
  }

  private static RoleLine elsewhere(Known known, long nowMs, boolean away) {
    String role = known.role();
    Seen<?> news = known.news();
    if (away) {
      String words = "not known while Kafka does not answer";
      return new RoleLine(role, false, "elsewhere", "idle", words, known.heardMs());
    }
    if (news == null && (role.equals("sampler") || role.equals("joiner"))) {
      return new RoleLine(role, false, "elsewhere", "idle", "not in this process", 0);
    }
    if (news == null) {
      String words = "not in this process, nothing heard of it yet";
      return new RoleLine(role, false, "unheard", "wait", words, 0);
    }
    String ago = ago(news.writtenMs(), nowMs);
    // An hour without a label is no silence of the joiner's, nor one without an event the scorer's.
    if (!known.telling() && !known.caughtUp() && known.isSilent(nowMs)) {
      String words = join("not heard of for " + ago, distance(known.place()));
      return new RoleLine(role, false, "unheard", "wait", words, known.heardMs());
    }
    String words =
        join(known.verb(), known.telling() ? "wrote " + ago + " ago" : distance(known.place()));
    return new RoleLine(role, false, "elsewhere", "good", words, known.heardMs());
  }

  private static String ago(long thenMs, long nowMs) {
    return duration((nowMs - thenMs) / 1000.0);
  }

  private static String join(String first, String second) {
    return second.isEmpty() ? first : first + ", " + second;
  }
}
