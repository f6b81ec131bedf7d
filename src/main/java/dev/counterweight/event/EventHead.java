package dev.counterweight.event;

/**
 * What of an event every role reads; its features are read apart, by the roles that need them.
 *
 * @param label class index, 0 to K-1; {@link #NO_LABEL} where the schema names no label
 * @param timeMs event time, milliseconds since the epoch
 * @param importance 0 to 1e30; 1 unless the schema names a field for it
 */
public record EventHead(int label, long timeMs, double importance) {
  /** The label of an event whose label comes apart from it. */
  public static final int NO_LABEL = -1;

  /** This head, its time no later than {@code latestMs}. */
  public EventHead notAfter(long latestMs) {
    return timeMs <= latestMs ? this : new EventHead(label, latestMs, importance);
  }
}
