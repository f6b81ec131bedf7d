/** Prequential metrics: test, then train, weighted back to the stream; pure. */
@NullMarked
package dev.counterweight.evaluation;

import org.jspecify.annotations.NullMarked;
