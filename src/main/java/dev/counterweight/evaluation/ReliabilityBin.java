package dev.counterweight.evaluation;

/**
 * A bar of a reliability diagram: the rows whose largest served probability lies above {@code
 * lower} and is at most {@code upper}.
 *
 * @param weight weight of those rows, above 0
 * @param confidence their mean largest probability
 * @param accuracy share of them of the class of that probability
 */
public record ReliabilityBin(
    double lower, double upper, double weight, double confidence, double accuracy) {}
