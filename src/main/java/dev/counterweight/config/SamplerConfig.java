package dev.counterweight.config;

/**
 * The sampler's settings.
 *
 * @param weights name of the formula of the sampling weights v_c; its parameters are the counter's
 * @param drawsPerEvent D, draws made an event on average; above 0
 * @param maxUses U, the largest expected number of uses of an event; at least 1
 * @param arrivalShare a, the share of the uses made as the event arrives; 0 &lt; a &lt;= 1
 * @param memory M, events remembered a class
 * @param memoryRefillBytes how much of the batch log may be read back to refill the memory
 * @param recordDraws draws at which a batch record is cut
 * @param spanMaxEvents consumed events at which a batch record is cut
 * @param lingerMs age at which a batch record is cut
 * @param commitIntervalMs time over which cut records share one transaction
 * @param recordMaxBytes size at which a batch record is cut
 * @param evaluationShare share of the stream evaluated before it is trained on; 0 &lt; share &lt;=
 *     1
 */
public record SamplerConfig(
    String weights,
    double drawsPerEvent,
    double maxUses,
    double arrivalShare,
    int memory,
    long memoryRefillBytes,
    int recordDraws,
    int spanMaxEvents,
    long lingerMs,
    long commitIntervalMs,
    int recordMaxBytes,
    double evaluationShare) {}
