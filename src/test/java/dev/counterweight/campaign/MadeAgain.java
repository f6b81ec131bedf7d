package dev.counterweight.campaign;

import dev.counterweight.protocol.StreamIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A job whose topic of events was deleted and made again ends, says why, and mixes nothing. */
final class MadeAgain {
  private static final String WHY = "deleted and created again";

  private MadeAgain() {}

  /** Whether counters and samplers have ended, and said why. */
  static boolean isTold(List<Observed.Exit> exits) {
    return Stream.of(Member.Role.COUNTER, Member.Role.SAMPLER)
        .allMatch(role -> exits.stream().anyMatch(exit -> isTold(role, exit)));
  }

  private static boolean isTold(Member.Role role, Observed.Exit exit) {
    return exit.role().startsWith(role.word()) && exit.code() == 1 && exit.lastLine().contains(WHY);
  }

  static List<Violation> check(Observed observed) {
    List<Violation> found = new ArrayList<>();
    if (!isTold(observed.exits())) {
      found.add(
          new Violation(
              Rule.ENDED_WELL,
              "counters and samplers have not both ended with 1 and '%s': %s"
                  .formatted(WHY, observed.exits())));
    }
    Set<StreamIdentity> streams =
        Stream.concat(
                observed.snapshots().stream().map(snapshot -> snapshot.stream()),
                observed.batches().stream().map(batch -> batch.record().origin().stream()))
            .collect(Collectors.toSet());
    if (streams.size() > 1) {
      found.add(
          new Violation(
              Rule.SPANS_CONTIGUOUS, "snapshots and batch records of two topics: " + streams));
    }
    return found;
  }
}
