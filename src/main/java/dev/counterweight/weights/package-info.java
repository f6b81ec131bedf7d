/**
 * Class counts, the formulas that turn them into class weights, and the published snapshot.
 *
 * <pre>{@code
 * Weighting balanced = new Weighting(new WeightFormula.Balanced(), 10_000);
 * double[] weights = balanced.of(new double[] {990, 10});
 *
 * assert Math.abs(weights[1] - 50) < 1e-9; // N / (k n_c) = 1000 / (2 x 10)
 * assert Math.abs(990 * weights[0] - 10 * weights[1]) < 1e-9; // every class weighs the same
 * }</pre>
 */
@NullMarked
package dev.counterweight.weights;

import org.jspecify.annotations.NullMarked;
