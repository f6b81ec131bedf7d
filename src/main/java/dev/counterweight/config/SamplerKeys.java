package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;

import dev.counterweight.event.EventSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of the sampler: how the uses are shared out, and where records are cut. */
final class SamplerKeys {
  static final String SAMPLER_MEMORY = "sampler.memory";
  static final String SAMPLER_MEMORY_REFILL = "sampler.memory.refill";
  static final String SAMPLER_RECORD_DRAWS = "sampler.record.draws";
  static final String SAMPLER_SPAN_MAX_EVENTS = "sampler.span.max.events";
  static final String SAMPLER_LINGER = "sampler.linger";
  static final String SAMPLER_COMMIT_INTERVAL = "sampler.commit.interval";
  static final String SAMPLER_MAX_LEAD = "sampler.max.lead";
  static final String SAMPLER_RECORD_MAX_BYTES = "sampler.record.max.bytes";
  static final String DEAD_LETTERS_MAX_RATE = "dead.letters.max.rate";
  static final String BATCHES_RETENTION = "batches.retention";
  static final String BATCHES_MISMATCH = "batches.mismatch";
  static final String EVALUATION_SHARE = "evaluation.share";
  static final String DEAD_LETTERS_MAX_SHARE = "dead.letters.max.share";

  private static final long MAX_COMMIT_INTERVAL_MS = 5_000;
  // The lead is known by whole records, and by the transaction markers between them.
  private static final int MIN_LEAD_RECORDS = 4;

  // A record's head, with the spans of up to 64 partitions, and a row's source.
  private static final long RECORD_BYTES = 4_096 + 64 * 128;
  private static final long CLASS_BYTES = 12;
  private static final long FEATURE_BYTES = 4;
  private static final long SOURCE_BYTES = 25;

  private SamplerKeys() {}

  static void declare(ConfigDef def) {
    SamplingPolicyKeys.declare(def);
    memory(def);
    records(def);
  }

  private static void memory(ConfigDef def) {
    key(
        def,
        SAMPLER_MEMORY,
        Type.INT,
        512,
        Rule.range(1, true, 1_000_000),
        "Events remembered, a class.");
    key(
        def,
        SAMPLER_MEMORY_REFILL,
        Type.STRING,
        "64 MiB",
        Amount.size(0),
        "How much of the batch log is read back, at most, to refill the memory after a start or a "
            + "rebalance.");
  }

  private static void records(ConfigDef def) {
    key(
        def,
        SAMPLER_RECORD_DRAWS,
        Type.INT,
        256,
        Rule.range(1, true, 1_000_000),
        "Draws at which a batch record is cut: the unit of test, then train. The first records of a"
            + " job have batch.size draws, and batch.size more for each 50,000 events, up to this:"
            + " a young model learns from every event sooner.");
    key(
        def,
        SAMPLER_SPAN_MAX_EVENTS,
        Type.INT,
        4096,
        Rule.range(1, true, 10_000_000),
        "Consumed events at which a batch record is cut.");
    key(
        def,
        SAMPLER_LINGER,
        Type.STRING,
        "1s",
        Amount.duration(1),
        "Age at which a batch record is cut.");
    key(
        def,
        SAMPLER_COMMIT_INTERVAL,
        Type.STRING,
        "100ms",
        Amount.duration(1),
        "Time over which cut batch records share one transaction; at most 5s.");
    key(
        def,
        SAMPLER_MAX_LEAD,
        Type.LONG,
        1_000_000L,
        Rule.atLeast(1000),
        "Draws that the batch log may be ahead of the trainer before the sampler waits for it; at"
            + " least four records of sampler.record.draws. A trainer that has stopped counts;"
            + " where none has ever reported on the job's metrics topic, or under --stop-at-end,"
            + " the sampler waits for nobody.");
    key(
        def,
        SAMPLER_RECORD_MAX_BYTES,
        Type.STRING,
        "900 KiB",
        Amount.size(16 << 10),
        "Size at which a batch record is cut; below the batch topic's max.message.bytes.");
    key(
        def,
        DEAD_LETTERS_MAX_RATE,
        Type.STRING,
        "32 MiB",
        Amount.size(1).orNone(),
        "Bytes of dead letters that an instance writes a second at most, uncompressed, ten seconds'"
            + " worth at once; none for no limit. An event rejected beyond that is counted"
            + " (counterweight.dead.letters.omitted) and told of in the log and in header"
            + " cw.omitted of the next letter, and stays in the events topic alone.");
    key(
        def,
        BATCHES_RETENTION,
        Type.STRING,
        "7d",
        Amount.duration(3_600_000),
        "How long the batch log is kept: the retention.ms its topic is created with. It must be"
            + " longer than the trainer is ever down; a topic that is there and keeps less is"
            + " warned about.");
    key(
        def,
        BATCHES_MISMATCH,
        Type.STRING,
        "fail",
        Rule.oneOf("fail", "skip"),
        "What to do about batch records of other features or classes than configured: stop with"
            + " both named, or pass over them, the range of offsets told; their events are not"
            + " trained on. A sampler looks at the newest record before it writes, a trainer at"
            + " each.");
    key(
        def,
        EVALUATION_SHARE,
        Type.DOUBLE,
        0.1,
        Rule.range(0, false, 1),
        "Share of the stream that is scored before it is trained on.");
    key(
        def,
        DEAD_LETTERS_MAX_SHARE,
        Type.DOUBLE,
        0.5,
        Rule.range(0, true, 1),
        "Share of the events read that may be dead letters: with more of them, run --stop-at-end"
            + " exits with 1.");
  }

  static SamplerConfig read(Values v) {
    return new SamplerConfig(
        SamplingPolicyKeys.read(v),
        (int) v.whole(SAMPLER_MEMORY),
        v.bytes(SAMPLER_MEMORY_REFILL),
        (int) v.whole(SAMPLER_RECORD_DRAWS),
        (int) v.whole(SAMPLER_SPAN_MAX_EVENTS),
        v.durationMs(SAMPLER_LINGER),
        v.durationMs(SAMPLER_COMMIT_INTERVAL),
        v.whole(SAMPLER_MAX_LEAD),
        (int) Math.min(Integer.MAX_VALUE, v.bytes(SAMPLER_RECORD_MAX_BYTES)),
        v.bytes(DEAD_LETTERS_MAX_RATE),
        v.durationMs(BATCHES_RETENTION),
        v.choice(BATCHES_MISMATCH, SamplerConfig.Mismatch.class),
        v.real(EVALUATION_SHARE),
        v.real(DEAD_LETTERS_MAX_SHARE));
  }

  /** A line for each rule broken between the keys; empty if none is. */
  static List<String> problems(SamplerConfig sampler, EventSchema schema) {
    List<String> problems = new ArrayList<>(SamplingPolicyKeys.problems(sampler.policy()));
    if (sampler.commitIntervalMs() > MAX_COMMIT_INTERVAL_MS) {
      problems.add(
          "%s=%dms: must be at most 5s"
              .formatted(SAMPLER_COMMIT_INTERVAL, sampler.commitIntervalMs()));
    }
    long leastLead = (long) MIN_LEAD_RECORDS * sampler.recordDraws();
    if (sampler.maxLead() < leastLead) {
      problems.add(
          "%s=%d: must be at least %d, four records of %s=%d"
              .formatted(
                  SAMPLER_MAX_LEAD,
                  sampler.maxLead(),
                  leastLead,
                  SAMPLER_RECORD_DRAWS,
                  sampler.recordDraws()));
    }
    long least =
        RECORD_BYTES
            + CLASS_BYTES * schema.classCount()
            + FEATURE_BYTES * schema.featureCount()
            + SOURCE_BYTES
            + schema.schema().quotedBytes();
    if (sampler.recordMaxBytes() < least) {
      problems.add(
          "%s=%d: must be at least %d, what a batch record of one row takes with %d features and %d classes"
              .formatted(
                  SAMPLER_RECORD_MAX_BYTES,
                  sampler.recordMaxBytes(),
                  least,
                  schema.featureCount(),
                  schema.classCount()));
    }
    return problems;
  }
}
