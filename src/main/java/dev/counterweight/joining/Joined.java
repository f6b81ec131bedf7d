package dev.counterweight.joining;

/**
 * An event with its class, to be written.
 *
 * @param key what it was joined on
 * @param label class index
 * @param waitedMs how much later than the event its label was, 0 for an early one; the whole wait
 *     where none came
 * @param replaces of a correction, the class in force before it; else {@link #NOTHING}
 * @param how {@link Fact#MATCHED}, {@link Fact#EXPIRED} or {@link Fact#CORRECTED}
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
public record Joined(
    byte[] key, HeldEvent event, int label, long waitedMs, int replaces, Fact how) {
  /** What a record that is no correction replaces. */
  public static final int NOTHING = -1;
}
