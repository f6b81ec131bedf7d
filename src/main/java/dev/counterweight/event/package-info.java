/**
 * What a labelled event is and how its bytes are read; what cannot be read becomes a dead letter.
 */
@NullMarked
package dev.counterweight.event;

import org.jspecify.annotations.NullMarked;
