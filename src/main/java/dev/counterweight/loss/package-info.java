/** The losses and their gradients on the JVM. */
@NullMarked
package dev.counterweight.loss;

import org.jspecify.annotations.NullMarked;
