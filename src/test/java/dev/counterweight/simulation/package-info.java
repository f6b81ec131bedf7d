/**
 * A cluster, its clock and its scheduling in memory, under the product's own code: thousands of
 * runs a minute, each a function of its seed. What replaces Kafka keeps to what the roles rely on:
 * transactions whose markers take offsets and may come late, the last stable offset, group offsets
 * committed in transactions, fencing by epoch and by generation. What it cannot see: the rebalance
 * protocol on the wire, real timing, threads, files' pages, Kafka's own defects.
 */
@NullMarked
package dev.counterweight.simulation;

import org.jspecify.annotations.NullMarked;
