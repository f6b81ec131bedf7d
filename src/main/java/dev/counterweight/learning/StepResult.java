package dev.counterweight.learning;

/**
 * What one step did.
 *
 * @param loss the batch's loss before the update
 * @param gradientNorm Euclidean norm of the gradient before clipping
 * @param skipped true if loss or gradient was not finite and nothing was changed
 * @param leftOut rows that were left out because by themselves they make loss or gradient not
 *     finite
 */
public record StepResult(double loss, double gradientNorm, boolean skipped, int leftOut) {}
