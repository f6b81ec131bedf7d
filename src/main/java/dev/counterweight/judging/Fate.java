package dev.counterweight.judging;

/**
 * What became of an answer or a class. Each answer ends in exactly one of {@link #JUDGED}, {@link
 * #LABEL_FIRST}, {@link #EXPIRED} and {@link #REPEATED}; each class that came for an event ends in
 * exactly one of {@link #JUDGED}, {@link #LABEL_FIRST}, {@link #UNMATCHED} and {@link #CORRECTED}.
 */
public enum Fate {
  /** The class of an answer's event came after it. */
  JUDGED,
  /** It came before: a model that knew it may have answered. */
  LABEL_FIRST,
  /** No class came as long as the answer was kept. */
  EXPIRED,
  /** An answer for an event that has one, or stands before one that has. */
  REPEATED,
  /** A class came for an event that was not answered, or not any more. */
  UNMATCHED,
  /** A class came in place of another: the first one stands. */
  CORRECTED
}
