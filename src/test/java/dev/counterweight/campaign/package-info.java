/**
 * Whole jobs under faults: what a producer saw committed, what the job made of it, and the rules
 * that hold between the two whatever is killed, cut off or spoilt.
 */
@NullMarked
package dev.counterweight.campaign;

import org.jspecify.annotations.NullMarked;
