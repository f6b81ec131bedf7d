/** Dead letters: what they bear beside the event, and how they are published again. */
@NullMarked
package dev.counterweight.letters;

import org.jspecify.annotations.NullMarked;
