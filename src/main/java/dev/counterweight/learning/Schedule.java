package dev.counterweight.learning;

/**
 * The learning rate of a step as a share of the full one: a function of the number of steps made
 * alone, so that a resumed run goes on where it was.
 *
 * @param warmupSteps over which it grows evenly to the full rate, where it stays; 0 for none
 */
record Schedule(long warmupSteps) {

  /**
   * The share for the next step.
   *
   * @param made steps made so far
   */
  double share(long made) {
    return made < warmupSteps ? (made + 1.0) / warmupSteps : 1;
  }
}
