package dev.counterweight.inference;

import java.time.Duration;

/**
 * What requests may take, so that none of them keeps others waiting.
 *
 * @param requestBytes most bytes of a body
 * @param rows most rows of a request
 * @param requestTime for a request to arrive, and again to be answered
 * @param answerTime for an answer to leave
 * @param idleTime for which a connection may wait for its next request
 * @param connections most of them; the one that has kept waiting longest makes room for another
 * @param heldBytes most bytes of bodies and answers that are still on their way, together
 */
record Limits(
    int requestBytes,
    int rows,
    Duration requestTime,
    Duration answerTime,
    Duration idleTime,
    int connections,
    long heldBytes) {

  /** Most probabilities of an answer: bounds what is computed for it. */
  static final int MOST_VALUES = 1_000_000;

  /** Most bytes of an answer, whose values may be names of any length. */
  private static final long ANSWER_BYTES = 16L << 20;

  /** Those of a server whose operator set these two. */
  static Limits of(int requestBytes, int rows) {
    return new Limits(
        requestBytes,
        rows,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(1),
        1024,
        Math.max(64L << 20, 2L * requestBytes));
  }

  /** Most bytes of an answer: no more than all of them may hold. */
  int answerBytes() {
    return (int) Math.min(ANSWER_BYTES, heldBytes);
  }

  /**
   * Requires that an answer is no longer than it may be.
   *
   * @param bytes that it has or will have
   */
  void requireAnswerBytes(long bytes) throws Refusal {
    if (bytes > answerBytes()) {
      throw new Refusal(
          413,
          "the answer would be longer than %d bytes: send fewer rows at once"
              .formatted(answerBytes()));
    }
  }

  /**
   * Requires that an answer has no more values than it may.
   *
   * @param each values a row
   */
  static void requireAnswer(long rows, long each) throws Refusal {
    if (rows * each > MOST_VALUES) {
      throw new Refusal(
          413,
          "%d rows of %d values would be %d in the answer: at most %d, send fewer rows at once"
              .formatted(rows, each, rows * each, MOST_VALUES));
    }
  }
}
