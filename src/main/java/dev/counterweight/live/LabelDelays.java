package dev.counterweight.live;

/**
 * How long after their events labels came of late. What is not known is NaN.
 *
 * @param medianSeconds of the events that got a label
 * @param neverShare of the events decided, those that got none
 */
record LabelDelays(double medianSeconds, double neverShare) {
  static final LabelDelays UNKNOWN = new LabelDelays(Double.NaN, Double.NaN);
}
