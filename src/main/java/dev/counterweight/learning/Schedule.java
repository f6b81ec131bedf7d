package dev.counterweight.learning;

import dev.counterweight.config.ScheduleConfig;

/**
 * The learning rate of a step as a share of the full one: a function of the number of steps made
 * alone, so that a resumed run goes on where it was.
 */
final class Schedule {
  private final ScheduleConfig config;

  Schedule(ScheduleConfig config) {
    this.config = config;
  }

  /**
   * The share for the next step.
   *
   * @param made steps made so far
   */
  double share(long made) {
    if (made < config.warmupSteps()) {
      return (made + 1.0) / config.warmupSteps();
    }
    long since = made - config.warmupSteps();
    return switch (config.kind()) {
      case CONSTANT, WARM_UP -> 1;
      case COSINE -> {
        double way = Math.min(1, (double) since / config.steps());
        yield config.factor()
            + (1 - config.factor()) * 0.5 * (1 + StrictMath.cos(StrictMath.PI * way));
      }
      case STEP -> StrictMath.pow(config.factor(), since / config.steps());
    };
  }
}
