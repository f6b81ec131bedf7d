/** Which events enter the batches, how often and at what loss weight; knows no Kafka. */
@NullMarked
package dev.counterweight.sampling;

import org.jspecify.annotations.NullMarked;
