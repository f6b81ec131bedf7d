/**
 * A forest that takes each event once: trees over histograms of the newest rows of each class, one
 * after the other built anew. It knows no Kafka, no DJL and no configuration.
 */
@NullMarked
package dev.counterweight.forest;

import org.jspecify.annotations.NullMarked;
