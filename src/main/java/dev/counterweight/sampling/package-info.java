/**
 * Which events enter the batches, how often and at what loss weight; then the consumer loop that
 * writes them.
 */
@NullMarked
package dev.counterweight.sampling;

import org.jspecify.annotations.NullMarked;
