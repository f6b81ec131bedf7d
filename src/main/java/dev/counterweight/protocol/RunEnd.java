package dev.counterweight.protocol;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;

/**
 * What a run that was started to stop at the end knows of its start, and by that which end marks
 * are its own. The counter alone fixes marks, {partition: offset to stop at}; they travel in
 * snapshots, and from there in batch records. An earlier run's mark stops nobody.
 *
 * @param endAtStart {partition: offset after the last committed event} when the run began
 * @param carrierEndAtStart where the topic that carries the marks ended then
 */
public record RunEnd(SortedMap<Integer, Long> endAtStart, long carrierEndAtStart) {
  public RunEnd {
    endAtStart = Collections.unmodifiableSortedMap(new TreeMap<>(endAtStart));
  }

  /**
   * Whether there are marks, and they are this run's: carried by a record published since it began,
   * or not below the end of the events at its start. On a topic that is still written, marks of
   * this run may well be below that.
   *
   * @param carriedAt the offset of the record that carries them
   */
  public boolean owns(Map<Integer, Long> marks, long carriedAt) {
    return !marks.isEmpty()
        && (carriedAt >= carrierEndAtStart
            || endAtStart.entrySet().stream()
                .allMatch(own -> marks.getOrDefault(own.getKey(), 0L) >= own.getValue()));
  }

  /**
   * Whether there are marks, and every partition is done up to its own.
   *
   * @param done gives the offset below which nothing of a partition is left to do
   */
  public static boolean reached(Map<Integer, Long> marks, IntToLongFunction done) {
    return !marks.isEmpty()
        && marks.entrySet().stream()
            .allMatch(mark -> done.applyAsLong(mark.getKey()) >= mark.getValue());
  }
}
