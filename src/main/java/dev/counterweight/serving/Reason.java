package dev.counterweight.serving;

/**
 * How far a feature moved a decision.
 *
 * @param contribution to the raw score of the class decided for, less that to the runner-up's;
 *     above 0 if it spoke for the decision
 */
public record Reason(String feature, double contribution) {}
