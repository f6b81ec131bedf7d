/** From scores to what is told: served probabilities, their calibration, and decisions. */
@NullMarked
package dev.counterweight.serving;

import org.jspecify.annotations.NullMarked;
