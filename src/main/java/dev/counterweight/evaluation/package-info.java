/**
 * Prequential metrics: test, then train, weighted back to the stream.
 *
 * <pre>{@code
 * Prequential evaluation = new Prequential(2);
 * double[] sure = {0.9, 0.1};
 * double[] unsure = {0.4, 0.6};
 * evaluation.add(0, 0, 10, sure, sure); // stands for ten events of the common class
 * evaluation.add(1, 1, 1, unsure, unsure);
 * Confusion confusion = evaluation.sinceStart().confusion();
 *
 * assert confusion.gmean().getAsDouble() == 1 && confusion.scored() == 2;
 * }</pre>
 */
@NullMarked
package dev.counterweight.evaluation;

import org.jspecify.annotations.NullMarked;
