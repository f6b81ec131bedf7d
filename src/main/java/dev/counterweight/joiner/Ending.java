package dev.counterweight.joiner;

import dev.counterweight.config.LabelsConfig.AtEnd;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The end of a run that ends: once both topics are read to where they ended, all tasks of this
 * process bring out what is over by then, and, as {@code labels.at.end} says, what still waits.
 * Thread-safe.
 */
final class Ending {
  /** A run that goes on until it is drained. */
  static final Ending NONE = new Ending(AtEnd.KEEP, Long.MIN_VALUE);

  private final AtEnd atEnd;
  private final long asOfMs;
  private final Set<Integer> settled = ConcurrentHashMap.newKeySet();
  private volatile boolean reached;

  /**
   * @param asOfMs wall clock, before it was asked where the topics end
   */
  Ending(AtEnd atEnd, long asOfMs) {
    this.atEnd = atEnd;
    this.asOfMs = asOfMs;
  }

  boolean ends() {
    return asOfMs != Long.MIN_VALUE;
  }

  /** Both topics are joined to where they end. */
  void reach() {
    reached = true;
  }

  boolean reached() {
    return reached;
  }

  /** All that is to be read was written before this time. */
  long asOfMs() {
    return asOfMs;
  }

  boolean expires() {
    return atEnd == AtEnd.EXPIRE;
  }

  /** A task has brought out all that it is to. */
  void settle(int task) {
    settled.add(task);
  }

  /** A task begins, or begins again. */
  void begin(int task) {
    settled.remove(task);
  }

  boolean settled(int task) {
    return settled.contains(task);
  }

  /** Whether all of these have. */
  boolean settled(Set<Integer> tasks) {
    return settled.containsAll(tasks);
  }
}
