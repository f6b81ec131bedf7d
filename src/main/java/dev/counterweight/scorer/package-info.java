/** Scores the events of a topic as they come, each exactly once, by the newest model. */
@NullMarked
package dev.counterweight.scorer;

import org.jspecify.annotations.NullMarked;
