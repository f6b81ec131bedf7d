package dev.counterweight.campaign;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What goes wrong in a run, and when: a function of a seed alone.
 *
 * @param joins whether labels come on a topic of their own
 * @param faults in the order of their times
 */
record Schedule(long seed, boolean joins, List<Fault> faults) {
  /** How long events are written; faults begin within. */
  static final long FEED_MS = 15_000;

  static Schedule of(long seed) {
    Chance chance = new Chance(seed);
    boolean joins = chance.oneIn(2);
    List<Fault> faults = new ArrayList<>();
    for (int left = 2 + chance.below(4); left > 0; left--) {
      faults.add(chance.fault(joins));
    }
    faults.sort(Comparator.comparingLong(Fault::atMs));
    return new Schedule(seed, joins, List.copyOf(faults));
  }

  /** Whether there is a fault of a kind. */
  boolean has(Class<? extends Fault> kind) {
    return faults.stream().anyMatch(kind::isInstance);
  }

  /** The same job with other faults. */
  Schedule with(List<Fault> others) {
    return new Schedule(seed, joins, others);
  }

  /** As {@link #toString} prints it. */
  static Schedule parse(String text) {
    List<String> parts = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    String[] head = parts.get(0).split(" ");
    return new Schedule(
        Long.parseLong(head[1]),
        head[2].equals("labels-apart"),
        parts.stream().skip(1).map(FaultText::parse).toList());
  }

  @Override
  public String toString() {
    String head = "seed " + seed + (joins ? " labels-apart" : " labels-within");
    return Stream.concat(Stream.of(head), faults.stream().map(fault -> "  " + fault))
        .collect(Collectors.joining("\n"));
  }
}
