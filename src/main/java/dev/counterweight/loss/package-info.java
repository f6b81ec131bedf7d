/**
 * The losses and their gradients on the JVM.
 *
 * <pre>{@code
 * LossConfig focal =
 *     new LossConfig(
 *         LossConfig.Kind.FOCAL, 2, 1, 0, 0.5, 30, LossConfig.Reduction.BATCH_MEAN, false);
 * Loss loss = Loss.of(focal, 2);
 * double[] row = {2, 0}; // raw scores; receives the gradient
 * double value = loss.row(row, 1, new float[] {1, 1});
 *
 * assert value > 0 && row[0] > 0 && row[1] < 0; // the scores move towards the label's class
 * }</pre>
 */
@NullMarked
package dev.counterweight.loss;

import org.jspecify.annotations.NullMarked;
