package dev.counterweight.event;

/**
 * What of an event every role reads; its features are read apart, by the roles that need them.
 *
 * @param label class index, 0 to K-1; {@link #NO_LABEL} where the schema names no label
 * @param timeMs event time, milliseconds since the epoch
 * @param importance 0 to 1e30; 1 unless the schema names a field for it
 * @param replaces of a correction the class in whose place its label is; else {@link #NEW}
 */
public record EventHead(int label, long timeMs, double importance, int replaces) {
  /** The label of an event whose label comes apart from it. */
  public static final int NO_LABEL = -1;

  /** In place of a class: an event that comes for the first time. */
  public static final int NEW = -1;

  /** Of an event that comes for the first time. */
  public EventHead(int label, long timeMs, double importance) {
    this(label, timeMs, importance, NEW);
  }

  /** The same event, come again with another class than it had. */
  public EventHead inPlaceOf(int before) {
    return new EventHead(label, timeMs, importance, before);
  }

  /** Whether it came before, with another class. */
  public boolean isCorrection() {
    return replaces != NEW;
  }

  /** This head, its time no later than {@code latestMs}. */
  public EventHead notAfter(long latestMs) {
    return timeMs <= latestMs ? this : new EventHead(label, latestMs, importance, replaces);
  }
}
