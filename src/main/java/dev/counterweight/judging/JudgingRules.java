package dev.counterweight.judging;

/**
 * How long is waited.
 *
 * @param holdMs for how long an answer is kept, by the time of the classes
 * @param mostTruths classes that are kept at most for answers yet to come: of more, those of the
 *     earliest events go
 */
public record JudgingRules(long holdMs, int mostTruths) {
  /** Few enough for a task's memory and disk. */
  public static final int MOST_TRUTHS = 100_000;

  public JudgingRules {
    if (holdMs < 1 || mostTruths < 1) {
      throw new IllegalArgumentException(
          "answers kept for %d ms, and %d classes: at least 1 each".formatted(holdMs, mostTruths));
    }
  }
}
