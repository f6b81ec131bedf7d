package dev.counterweight.config;

import dev.counterweight.sampling.SamplingPolicy;

/**
 * The sampler's settings.
 *
 * @param policy how often an event of each class is used
 * @param memory M, events remembered a class
 * @param recordDraws draws at which a batch record is cut
 * @param lingerMs age at which a batch record is cut
 * @param commitIntervalMs time over which cut records share one transaction
 * @param maxLead draws that the batch log may be ahead of the trainer
 * @param recordMaxBytes size at which a batch record is cut
 * @param deadLettersMaxRate bytes of dead letters written a second at most; 0 for no limit
 * @param batchesRetentionMs how long the batch log is kept
 * @param batchesMismatch what to do about batch records of another schema
 * @param evaluationShare share of the stream evaluated before it is trained on; 0 &lt; share &lt;=
 *     1
 * @param deadLettersMaxShare share of the events above which a run up to the end has failed if they
 *     were refused
 */
public record SamplerConfig(
    SamplingPolicy policy,
    int memory,
    int recordDraws,
    long lingerMs,
    long commitIntervalMs,
    long maxLead,
    int recordMaxBytes,
    long deadLettersMaxRate,
    long batchesRetentionMs,
    Mismatch batchesMismatch,
    double evaluationShare,
    double deadLettersMaxShare) {

  /** What to do about batch records of another schema than configured. */
  public enum Mismatch {
    FAIL,
    SKIP
  }
}
