package dev.counterweight.trainer;

/**
 * What training on one record did.
 *
 * @param steps updates made
 * @param skipped steps left out because loss or gradient was not finite
 * @param leftOut rows left out of steps that were made, as by themselves they make loss or gradient
 *     not finite
 * @param meanLoss mean over the steps made; NaN when there were none
 * @param gradientNorm of the last step; NaN when there was none
 */
record TrainResult(int steps, int skipped, int leftOut, double meanLoss, double gradientNorm) {}
