package dev.counterweight.config;

import dev.counterweight.batch.RecentShares;
import dev.counterweight.event.EventSchema;

/** The keys of the sampler: what it remembers, and where records are cut. */
final class SamplerKeys {
  static final KeyGroup KEYS = new KeyGroup("Sampler");

  private static final long MAX_COMMIT_INTERVAL_MS = 5_000;
  // The lead is known by whole records, and by the transaction markers between them.
  private static final int MIN_LEAD_RECORDS = 4;

  // A record's head, with the spans of so many partitions, and a row's source. How many there are
  // is known when they are taken in hand: the sampler looks again then.
  private static final int PARTITIONS = 64;
  private static final long RECORD_BYTES = 4_096 + PARTITIONS * 128;
  private static final long CLASS_BYTES = 12;
  private static final long FEATURE_BYTES = 4;
  private static final long SOURCE_BYTES = 25;

  private static final Key<Integer> MEMORY =
      KEYS.key("sampler.memory", 512, Form.whole(1, 1_000_000))
          .means("Events remembered, a class.");
  private static final Key<Integer> RECORD_DRAWS =
      KEYS.key("sampler.record.draws", 256, Form.whole(1, 1_000_000))
          .means(
              "Draws at which a batch record is cut: the unit of test, then train. The first"
                  + " records of a job have batch.size draws, and batch.size more for each 50,000"
                  + " events, up to this: a young model learns from every event sooner.");
  private static final Key<Long> LINGER =
      KEYS.key("sampler.linger", "1s", Amount.DURATION.atLeast(1))
          .means("Age at which a batch record is cut.");
  private static final Key<Long> COMMIT_INTERVAL =
      KEYS.key("sampler.commit.interval", "100ms", Amount.DURATION.atLeast(1))
          .means("Time over which cut batch records share one transaction; at most 5s.");
  private static final Key<Long> MAX_LEAD =
      KEYS.key("sampler.max.lead", 1_000_000, Form.wholeAtLeast(1000))
          .means(
              "Draws that the batch log may be ahead of the trainer before the sampler waits for"
                  + " it; at least four records of sampler.record.draws. A trainer that has stopped"
                  + " counts; where none has ever reported on the job's metrics topic, or under"
                  + " --stop-at-end, the sampler waits for nobody.");
  private static final Key<Long> RECORD_MAX_BYTES =
      KEYS.key("sampler.record.max.bytes", "900 KiB", Amount.SIZE.atLeast(16 << 10))
          .means("Size at which a batch record is cut; below the batch topic's max.message.bytes.");
  private static final Key<Long> DEAD_LETTERS_MAX_RATE =
      KEYS.key("dead.letters.max.rate", "32 MiB", Amount.SIZE.orNone(1, Long.MAX_VALUE))
          .means(
              "Bytes of dead letters that an instance writes a second at most, uncompressed, ten"
                  + " seconds' worth at once; none for no limit. An event rejected beyond that is"
                  + " counted (counterweight.dead.letters.omitted) and told of in the log and in"
                  + " header cw.omitted of the next letter, and stays in the events topic alone.");
  private static final Key<Long> BATCHES_RETENTION =
      KEYS.key("batches.retention", "7d", Amount.DURATION.atLeast(3_600_000))
          .means(
              "How long the batch log is kept: the retention.ms its topic is created with. It must"
                  + " be longer than the trainer is ever down; a topic that is there and keeps less"
                  + " is warned about.");
  private static final Key<SamplerConfig.Mismatch> BATCHES_MISMATCH =
      KEYS.key("batches.mismatch", "fail", Form.oneOf(SamplerConfig.Mismatch.class))
          .means(
              "What to do about batch records of other features or classes than configured: stop"
                  + " with both named, or pass over them, the range of offsets told; their events"
                  + " are not trained on. A sampler looks at the newest record before it writes, a"
                  + " trainer at each.");
  private static final Key<Double> EVALUATION_SHARE =
      KEYS.key("evaluation.share", 0.1, Form.aboveAndAtMost(0, 1))
          .means("Share of the stream that is scored before it is trained on.");
  private static final Key<Double> DEAD_LETTERS_MAX_SHARE =
      KEYS.key("dead.letters.max.share", 0.5, Form.range(0, 1))
          .means(
              "Share of the events read that may be dead letters: with more of them, run"
                  + " --stop-at-end exits with 1.");

  private SamplerKeys() {}

  static SamplerConfig read(Values v) {
    return new SamplerConfig(
        SamplingPolicyKeys.read(v),
        v.get(MEMORY),
        v.get(RECORD_DRAWS),
        v.get(LINGER),
        v.get(COMMIT_INTERVAL),
        v.get(MAX_LEAD),
        (int) Math.min(Integer.MAX_VALUE, v.get(RECORD_MAX_BYTES)),
        v.get(DEAD_LETTERS_MAX_RATE),
        v.get(BATCHES_RETENTION),
        v.get(BATCHES_MISMATCH),
        v.get(EVALUATION_SHARE),
        v.get(DEAD_LETTERS_MAX_SHARE));
  }

  /** Looks at the rules between the keys. */
  static void check(SamplerConfig sampler, EventsConfig events, Problems problems) {
    EventSchema schema = events.schema();
    SamplingPolicyKeys.check(sampler.policy(), problems);
    if (sampler.commitIntervalMs() > MAX_COMMIT_INTERVAL_MS) {
      problems.add("%s=%dms: must be at most 5s", COMMIT_INTERVAL, sampler.commitIntervalMs());
    }
    long leastLead = (long) MIN_LEAD_RECORDS * sampler.recordDraws();
    if (sampler.maxLead() < leastLead) {
      problems.add(
          "%s=%d: must be at least %d, four records of %s=%d",
          MAX_LEAD, sampler.maxLead(), leastLead, RECORD_DRAWS, sampler.recordDraws());
    }
    long least =
        RECORD_BYTES
            + CLASS_BYTES * schema.classCount()
            + FEATURE_BYTES * schema.columnCount()
            + SOURCE_BYTES
            + schema.schema().quotedBytes()
            + (events.recentLabels() ? RecentShares.bytes(schema.classCount(), 1 + PARTITIONS) : 0);
    if (sampler.recordMaxBytes() < least) {
      problems.add(
          "%s=%d: must be at least %d, what a batch record of one row takes with %d features and %d"
              + " classes",
          RECORD_MAX_BYTES,
          sampler.recordMaxBytes(),
          least,
          schema.columnCount(),
          schema.classCount());
    }
  }
}
