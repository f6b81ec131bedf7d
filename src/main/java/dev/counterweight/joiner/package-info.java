/** The Streams topology that joins events with labels which come later, and its role. */
@NullMarked
package dev.counterweight.joiner;

import org.jspecify.annotations.NullMarked;
