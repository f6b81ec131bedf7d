/**
 * Files of a served model for other runtimes, ONNX and TorchScript: raw features in, probabilities
 * and decision out. What is computed is written down once, as a {@code Calculation}; each form of
 * file is a way to spell its steps.
 */
@NullMarked
package dev.counterweight.exporting;

import org.jspecify.annotations.NullMarked;
