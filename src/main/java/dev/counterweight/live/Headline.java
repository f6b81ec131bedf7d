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
  /** What matters most: a failure, then a role that has stopped, then what the job waits for. */
  static Headline of(List<RoleLine> roles) {
    Optional<RoleLine> failed = first(roles, Set.of("failed"));
    if (failed.isPresent()) {
      return new Headline("bad", "The %s %s".formatted(failed.get().role(), failed.get().words()));
    }
    if (roles.stream().allMatch(role -> !role.here() || role.state().equals("done"))
        && roles.stream().anyMatch(RoleLine::here)) {
      return new Headline("idle", "Stopped: the roles of this process have ended");
    }
    Optional<RoleLine> ended = first(roles, Set.of("done", "draining"));
    if (ended.isPresent()) {
      String how = ended.get().state().equals("done") ? "has stopped" : "is stopping";
      return new Headline("wait", "The %s %s".formatted(ended.get().role(), how));
    }
    Optional<RoleLine> silent = first(roles, Set.of("unheard"));
    if (silent.isPresent()) {
      return new Headline(
          "wait", "The %s: %s".formatted(silent.get().role(), silent.get().words()));
    }
    RoleLine trainer = roles.get(roles.size() - 1);
    Optional<RoleLine> waiting = roles.stream().filter(r -> r.tone().equals("wait")).findFirst();
    if (waiting.isPresent() && waiting.get() != trainer) {
      return about(waiting.get());
    }
    return new Headline(trainer.tone(), sentence(trainer.words()));
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
