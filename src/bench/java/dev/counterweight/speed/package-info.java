/**
 * How fast the whole path is: every participant a process of its own, in turn, on one broker; run
 * by hand.
 */
@NullMarked
package dev.counterweight.speed;

import org.jspecify.annotations.NullMarked;
