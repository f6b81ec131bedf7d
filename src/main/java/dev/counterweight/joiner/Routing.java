package dev.counterweight.joiner;

import dev.counterweight.config.LabelsConfig;
import dev.counterweight.joining.Side;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.streams.TaskStore;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Which sides are read as they are, and which are written again by their join key into a topic of
 * Kafka Streams: those joined on something else than the record's key, or whose topic has another
 * number of partitions than events are joined in.
 *
 * @param partitions that events are joined in
 * @param events whether the events are written again
 * @param labels whether the labels are
 */
record Routing(int partitions, boolean events, boolean labels) {
  private static final int ROW = 2;

  /**
   * @param joined partitions that events are joined in, {@link LabelsConfig#joinPartitions}
   * @param labelPartitions of the topic of labels
   */
  static Routing of(LabelsConfig labels, int joined, int labelPartitions) {
    return new Routing(
        joined,
        !labels.eventsByRecordKey(),
        !labels.labelsByRecordKey() || labelPartitions != joined);
  }

  boolean routes(Side side) {
    return side == Side.EVENTS ? events : labels;
  }

  boolean none() {
    return !events && !labels;
  }

  /** The partition in which a key is joined, as Kafka's own partitioner has it. */
  int partition(byte[] key) {
    return Utils.toPositive(Utils.murmur2(key)) % partitions;
  }

  /** The topic that a side is written into, as Kafka Streams names it. */
  static String topic(String applicationId, Side side) {
    return applicationId + "-" + side.text() + "-repartition";
  }

  /** The topics that sides are written into. */
  List<String> topics(String applicationId) {
    return Stream.of(Side.values())
        .filter(this::routes)
        .map(side -> topic(applicationId, side))
        .toList();
  }

  /**
   * Requires that a task's offsets are of the topics that it reads; the store says so from now on.
   *
   * @throws FailureException if a side was read another way
   */
  void require(String job, TaskStore store) {
    byte[] now = {(byte) (events ? 1 : 0), (byte) (labels ? 1 : 0)};
    byte @Nullable [] before = store.progress(ROW);
    if (before == null) {
      store.putProgress(ROW, now);
    } else if (!Arrays.equals(before, now)) {
      throw new FailureException(
          "job '%s' read %s, and would now read %s: what it holds is of offsets of other topics. Set events.key, labels.key and labels.repartition back, or start a new job."
              .formatted(job, words(before), words(now)));
    }
  }

  private static String words(byte[] routed) {
    return "events %s and labels %s".formatted(words(routed[0]), words(routed[1]));
  }

  private static String words(byte routed) {
    return routed == 1 ? "by join key" : "as they are";
  }
}
