package dev.counterweight.joiner;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a run ends: {partition: offset} of both topics, as they were when it was asked.
 *
 * @param askedMs wall clock, before it was asked; {@link Long#MIN_VALUE} of a run that does not end
 */
record JoinEnd(Sides<SortedMap<Integer, Long>> offsets, long askedMs) {
  /** Of a run that goes on until it is drained. */
  static final JoinEnd NONE = new JoinEnd(Sides.of(side -> new TreeMap<>()), Long.MIN_VALUE);

  boolean exists() {
    return askedMs != Long.MIN_VALUE;
  }
}
