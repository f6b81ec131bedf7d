package dev.counterweight.event;

/**
 * What of an event every role reads; its features are read apart, by the roles that need them.
 *
 * @param label class index, 0 to K-1
 * @param timeMs event time, milliseconds since the epoch
 * @param importance 0 to 1e30; 1 unless the schema names a field for it
 */
public record EventHead(int label, long timeMs, double importance) {

  /** This head, its time no later than {@code latestMs}. */
  public EventHead notAfter(long latestMs) {
    return timeMs <= latestMs ? this : new EventHead(label, latestMs, importance);
  }
}
