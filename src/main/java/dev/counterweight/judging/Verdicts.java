package dev.counterweight.judging;

/** Takes what is judged, and what becomes of the rest. */
public interface Verdicts {
  /** An answer whose event's class has come, told of once. */
  void judged(Answer answer, Truth truth);

  /** What else became of an answer or a class: anything but {@link Fate#JUDGED}. */
  void tell(Fate fate);
}
