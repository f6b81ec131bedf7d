package dev.counterweight.live;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A job's state in one sentence.
 *
 * @param tone good, wait, bad or idle
 */
record Headline(String tone, String words) {
  /** An open transaction is as long as this before the headline tells of it. */
  static final long HELD_MS = 10_000;

  /**
   * What matters most: a failure, then a cluster that does not answer, then a role that has
   * stopped, then events that are refused, then what the job waits for.
   */
  static Headline of(List<RoleLine> roles, JobView view, long nowMs) {
    Optional<RoleLine> failed = first(roles, Set.of("failed"));
    if (failed.isPresent()) {
      return new Headline("bad", "The %s %s".formatted(failed.get().role(), failed.get().words()));
    }
    if (roles.stream().allMatch(role -> !role.here() || role.state().equals("done"))
        && roles.stream().anyMatch(RoleLine::here)) {
      return new Headline("idle", "Stopped: the roles of this process have ended");
    }
    if (view.trouble() != null) {
      return new Headline("wait", away(view, nowMs));
    }
    Optional<RoleLine> ended = first(roles, Set.of("done", "draining"));
    if (ended.isPresent()) {
      String how = ended.get().state().equals("done") ? "has stopped" : "is stopping";
      return new Headline("wait", "The %s %s".formatted(ended.get().role(), how));
    }
    if (view.deadLetters().flood()) {
      return new Headline("bad", flood(view));
    }
    Optional<RoleLine> silent = first(roles, Set.of("unheard"));
    if (silent.isPresent()) {
      return new Headline(
          "wait", "The %s: %s".formatted(silent.get().role(), silent.get().words()));
    }
    // Scorer and judge, which come after it, keep no other role waiting.
    RoleLine trainer =
        roles.stream().filter(role -> role.role().equals("trainer")).findFirst().orElseThrow();
    Optional<RoleLine> waiting =
        roles.subList(0, roles.indexOf(trainer)).stream()
            .filter(role -> role.tone().equals("wait"))
            .findFirst();
    if (waiting.isPresent()) {
      return about(waiting.get());
    }
    boolean idle = view.lags().trainer() != null && view.lags().trainer().events() == 0;
    if (idle && view.held().forMs(nowMs) >= HELD_MS) {
      return new Headline(
          "wait",
          "Waiting for a producer's open transaction: %,d offsets behind it for %s"
              .formatted(view.held().offsets(), held(view, nowMs)));
    }
    return new Headline(trainer.tone(), sentence(trainer.words()));
  }

  /** For how long a transaction has stood open, in words. */
  static String held(JobView view, long nowMs) {
    return RoleLine.duration(view.held().forMs(nowMs) / 1000.0);
  }

  private static String flood(JobView view) {
    String reason = view.latest().deadLetter() == null ? "" : view.latest().deadLetter().value();
    return String.format(
        Locale.ROOT,
        "Most events are refused%s: %,.0f a second go to the dead-letter topic",
        reason.isEmpty() ? "" : " (" + reason + ")",
        view.deadLetters().perSecond());
  }

  private static String away(JobView view, long nowMs) {
    return view.timeMs() == 0
        ? "Kafka does not answer"
        : "Kafka has not answered for " + RoleLine.duration((nowMs - view.timeMs()) / 1000.0);
  }

  private static Headline about(RoleLine role) {
    return new Headline("wait", "The %s: %s".formatted(role.role(), role.words()));
  }

  private static Optional<RoleLine> first(List<RoleLine> roles, Set<String> states) {
    return roles.stream().filter(role -> states.contains(role.state())).findFirst();
  }

  private static String sentence(String words) {
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }
}
