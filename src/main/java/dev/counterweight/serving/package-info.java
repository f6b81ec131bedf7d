/**
 * From scores to what is told: served probabilities, their calibration, and decisions.
 *
 * <pre>{@code
 * ServedProbabilities served =
 *     ServedProbabilities.of(
 *         new LossConfig(
 *             LossConfig.Kind.CROSS_ENTROPY, 2, 1, 0, 0.5, 30, LossConfig.Reduction.BATCH_MEAN, false),
 *         2);
 * served.observe(new float[] {0.99f, 0.01f}, new float[] {0.5f, 50});
 * double[] probabilities = new double[2];
 * served.of(new float[] {0, 0}, 0, probabilities); // the model sees no difference
 *
 * assert Math.abs(probabilities[1] - 0.5 / 50.5) < 1e-6; // so the stream's own odds are told
 * }</pre>
 */
@NullMarked
package dev.counterweight.serving;

import org.jspecify.annotations.NullMarked;
