package dev.counterweight.judging;

import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;

/**
 * What is known of all rows of a judging together; to be stored whenever rows are, in the same
 * transaction. Not thread-safe.
 *
 * <p>Bytes, big-endian, 8 each: answers, classes, next event to be answered, where the first answer
 * may stand, where the first class may.
 */
public final class Held {
  /** Of {@link #put}. */
  public static final int BYTES = 5 * Long.BYTES;

  private long answers;
  private long truths;
  private long next;
  private long answersFrom;
  private long truthsFrom;

  /** Answers that wait for the class of their event. */
  public long answers() {
    return answers;
  }

  /** Classes that wait for an answer. */
  public long truths() {
    return truths;
  }

  /** No event before this offset will be answered any more. */
  long next() {
    return next;
  }

  void answered(long offset) {
    next = offset + 1;
  }

  long answersFrom() {
    return answersFrom;
  }

  void answersFrom(long offset) {
    answersFrom = offset;
  }

  long truthsFrom() {
    return truthsFrom;
  }

  void truthsFrom(long offset) {
    truthsFrom = offset;
  }

  void answerKept(long offset) {
    answersFrom = answers == 0 ? offset : answersFrom;
    answers++;
  }

  void answerGone() {
    answers = gone(answers, "answers that wait");
  }

  void truthKept(long offset) {
    truthsFrom = truths == 0 ? offset : Math.min(truthsFrom, offset);
    truths++;
  }

  void truthGone() {
    truths = gone(truths, "classes that wait");
  }

  private static long gone(long held, String what) {
    if (held == 0) {
      throw new InvariantException(what, "at least one to let go", 0);
    }
    return held - 1;
  }

  public void put(ByteBuffer out) {
    out.putLong(answers).putLong(truths).putLong(next).putLong(answersFrom).putLong(truthsFrom);
  }

  /** What {@link #put} wrote. */
  public static Held get(ByteBuffer in) {
    Held held = new Held();
    held.answers = in.getLong();
    held.truths = in.getLong();
    held.next = in.getLong();
    held.answersFrom = in.getLong();
    held.truthsFrom = in.getLong();
    if (held.answers < 0 || held.truths < 0 || held.next < 0) {
      throw new InvariantException(
          "what a judging holds",
          "at least 0 each",
          "%d answers, %d classes, next %d".formatted(held.answers, held.truths, held.next));
    }
    return held;
  }
}
