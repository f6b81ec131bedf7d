package dev.counterweight.demo;

/**
 * That a replay publishes labels apart from their events, and later.
 *
 * @param topic of the labels; created if absent, with as many partitions as that of the events
 * @param leastDelayMs by how much a label's time is later than its event's at least
 * @param mostDelayMs and at most
 * @param seed of the delays
 */
public record LabelsApart(String topic, long leastDelayMs, long mostDelayMs, long seed) {}
