package dev.counterweight.weights;

import java.util.List;

/**
 * A weight formula by name, with the parameters of all of them; each formula takes its own.
 *
 * @param name of the formula
 * @param smoothing s of {@code smoothed}, at least 0
 * @param power a of {@code power}, at least 0
 * @param beta b of {@code effective-number}, at least 0 and below 1
 * @param fixed the weights of {@code fixed}, in class order; empty where none are given
 */
public record FormulaConfig(
    String name, double smoothing, double power, double beta, List<Double> fixed) {
  public static final double DEFAULT_SMOOTHING = 1;
  public static final double DEFAULT_POWER = 0.5;
  public static final double DEFAULT_BETA = 0.9999;

  public FormulaConfig {
    fixed = List.copyOf(fixed);
  }

  /** A formula with the default parameters. */
  public static FormulaConfig of(String name) {
    return new FormulaConfig(name, DEFAULT_SMOOTHING, DEFAULT_POWER, DEFAULT_BETA, List.of());
  }

  /** Another formula with the same parameters. */
  public FormulaConfig withName(String other) {
    return new FormulaConfig(other, smoothing, power, beta, fixed);
  }
}
