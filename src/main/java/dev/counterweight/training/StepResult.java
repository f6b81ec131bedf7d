package dev.counterweight.training;

/**
 * What one step did.
 *
 * @param loss the batch's loss before the update
 * @param gradientNorm Euclidean norm of the gradient before clipping
 * @param skipped true if loss or gradient was not finite and nothing was changed
 */
public record StepResult(double loss, double gradientNorm, boolean skipped) {}
