package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;
import static dev.counterweight.config.Declaration.required;

import java.nio.file.Path;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of the checkpoints: where, how often, how many. */
final class CheckpointKeys {
  static final String CHECKPOINT_DIR = "checkpoint.dir";
  static final String CHECKPOINT_EVERY_STEPS = "checkpoint.every.steps";
  static final String CHECKPOINT_INTERVAL = "checkpoint.interval";
  static final String CHECKPOINT_KEEP = "checkpoint.keep";
  static final String CHECKPOINT_INLINE_MAX = "checkpoint.inline.max";

  /** In base64, and with the rest of the announcement, below Kafka's default of 1 MiB. */
  private static final long MAX_INLINE_BYTES = 640 << 10;

  private CheckpointKeys() {}

  static void declare(ConfigDef def) {
    checkpoints(def);
  }

  private static void checkpoints(ConfigDef def) {
    required(
        def,
        CHECKPOINT_DIR,
        Type.STRING,
        Rule.notBlank(),
        "Folder of the job's checkpoints; created if absent.");
    key(
        def,
        CHECKPOINT_EVERY_STEPS,
        Type.LONG,
        1000L,
        Rule.atLeast(1),
        "Steps after which a checkpoint is written.");
    key(
        def,
        CHECKPOINT_INTERVAL,
        Type.STRING,
        "1m",
        Amount.duration(1),
        "Time after which a checkpoint is written if steps were made.");
    key(
        def,
        CHECKPOINT_KEEP,
        Type.INT,
        5,
        // The announcement names each.
        Rule.range(1, true, 2_000),
        "Checkpoints kept in the folder.");
    key(
        def,
        CHECKPOINT_INLINE_MAX,
        Type.STRING,
        "256 KiB",
        Amount.size(0).atMost(MAX_INLINE_BYTES).orNone(),
        "Size up to which the announcement of a checkpoint carries its files, so that a reader"
            + " needs no shared disk and a trainer that cannot reach the folder can go on: all of"
            + " them if they fit together, as those of two or three classes do in 256 KiB, else the"
            + " model if it fits. At most 640 KiB, and what the rest of the announcement leaves of"
            + " 1 MB: the record must stay below the topic's max.message.bytes. none carries"
            + " nothing.");
  }

  static CheckpointConfig read(Values v) {
    return new CheckpointConfig(
        Path.of(v.text(CHECKPOINT_DIR)),
        v.whole(CHECKPOINT_EVERY_STEPS),
        v.durationMs(CHECKPOINT_INTERVAL),
        (int) v.whole(CHECKPOINT_KEEP),
        v.bytes(CHECKPOINT_INLINE_MAX));
  }
}
