/**
 * Which events enter the batches, how often and at what loss weight.
 *
 * <pre>{@code
 * double[] priors = {0.99, 0.01};
 * double[] balanced = {1 / 1.98, 50};
 * Uses uses = Uses.solve(priors, balanced, 4, 64); // D = 4 draws an event, U = 64
 *
 * assert uses.perClass()[1] == 64; // the rare class reaches the cap
 * assert Math.abs(0.99 * uses.perClass()[0] + 0.01 * 64 - 4) < 1e-9; // the common one gets the rest
 * double lossWeight = balanced[1] / uses.perClass()[1]; // sampling has paid r_c of w_c already
 * assert lossWeight < 1;
 * }</pre>
 */
@NullMarked
package dev.counterweight.sampling;

import org.jspecify.annotations.NullMarked;
