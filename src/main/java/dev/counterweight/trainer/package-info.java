/** The trainer role: leadership, the loop over batch records, checkpoints, reports. */
@NullMarked
package dev.counterweight.trainer;

import org.jspecify.annotations.NullMarked;
