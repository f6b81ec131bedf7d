/**
 * Scores over HTTP: the Open Inference Protocol (version 2), and events as JSON. Knows no log: what
 * it scores with comes from a {@link dev.counterweight.inference.ModelSource}.
 */
@NullMarked
package dev.counterweight.inference;

import org.jspecify.annotations.NullMarked;
