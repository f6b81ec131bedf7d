package dev.counterweight.speed;

import java.util.List;

/**
 * What a ratio of two participants is to be.
 *
 * @param over the one above the line
 * @param under the one below
 * @param figure of both
 * @param bound the least it may be, or the most where less is better
 */
record Aim(String over, String under, Figure figure, double bound) {
  /** What is compared. */
  enum Figure {
    RATE("events a second", false),
    CPU("processor time an event", true);

    final String words;
    final boolean lessIsBetter;

    Figure(String words, boolean lessIsBetter) {
      this.words = words;
      this.lessIsBetter = lessIsBetter;
    }
  }

  static final List<Aim> ALL =
      List.of(
          new Aim("all", "peer-tuned", Figure.RATE, 5),
          new Aim("all", "peer-tuned", Figure.CPU, 0.7),
          new Aim("all", "bare", Figure.RATE, 0.45),
          new Aim("all-json", "peer-json", Figure.RATE, 6),
          new Aim("all-one-draw", "peer-tutorial", Figure.RATE, 3));

  boolean met(double value) {
    return figure.lessIsBetter ? value <= bound : value >= bound;
  }
}
