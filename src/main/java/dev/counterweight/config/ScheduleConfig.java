package dev.counterweight.config;

/**
 * How the learning rate changes with the steps made.
 *
 * @param warmupSteps steps over which the rate grows to its full size; 0 for none
 * @param steps cosine: steps from the full rate to the least; step: steps between falls
 * @param factor cosine: the least rate as a share of the full one; step: what a fall multiplies by;
 *     above 0 and at most 1
 */
public record ScheduleConfig(Kind kind, long warmupSteps, long steps, double factor) {
  /** The full rate throughout. */
  public static final ScheduleConfig CONSTANT = new ScheduleConfig(Kind.CONSTANT, 0, 1, 1);

  /** The shapes of a schedule. */
  public enum Kind {
    CONSTANT,
    WARM_UP,
    COSINE,
    STEP
  }
}
