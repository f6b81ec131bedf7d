/** How well a job learns: replays data sets through the whole pipeline; run by hand. */
@NullMarked
package dev.counterweight.quality;

import org.jspecify.annotations.NullMarked;
