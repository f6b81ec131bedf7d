package dev.counterweight.config;

import java.nio.file.Path;

/** The keys of the checkpoints: where, how often, how many. */
final class CheckpointKeys {
  static final KeyGroup KEYS = new KeyGroup("Checkpoints");

  /** In base64, and with the rest of the announcement, below Kafka's default of 1 MiB. */
  private static final long MAX_INLINE_BYTES = 640 << 10;

  /** The announcement names each. */
  private static final int MAX_KEEP = 2_000;

  private static final Key<String> DIR =
      KEYS.required("checkpoint.dir", "checkpoints", Form.text())
          .means("Folder of the job's checkpoints; created if absent.");
  private static final Key<Long> EVERY_STEPS =
      KEYS.key("checkpoint.every.steps", 1000, Form.wholeAtLeast(1))
          .means("Steps after which a checkpoint is written.");
  private static final Key<Long> INTERVAL =
      KEYS.key("checkpoint.interval", "1m", Amount.DURATION.atLeast(1))
          .means("Time after which a checkpoint is written if steps were made.");
  private static final Key<Integer> KEEP =
      KEYS.key("checkpoint.keep", 5, Form.whole(1, MAX_KEEP))
          .means("Checkpoints kept in the folder.");
  private static final Key<Long> INLINE_MAX =
      KEYS.key("checkpoint.inline.max", "640 KiB", Amount.SIZE.orNone(0, MAX_INLINE_BYTES))
          .means(
              "Size up to which the announcement of a checkpoint carries its files, so that a"
                  + " reader needs no shared disk and a trainer that cannot reach the folder can go"
                  + " on: all of them if they fit together, as those of two or three classes do"
                  + " without a forest, else what serves if it fits: the model, and its forest,"
                  + " which is gzipped, to 40 % or less, and counts as that. At most 640 KiB, and"
                  + " what the rest of the announcement leaves of 1 MB: the record must stay below"
                  + " the topic's max.message.bytes. none carries nothing.");

  private CheckpointKeys() {}

  static CheckpointConfig read(Values v) {
    return new CheckpointConfig(
        Path.of(v.get(DIR)), v.get(EVERY_STEPS), v.get(INTERVAL), v.get(KEEP), v.get(INLINE_MAX));
  }
}
