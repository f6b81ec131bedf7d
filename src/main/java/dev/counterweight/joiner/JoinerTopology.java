package dev.counterweight.joiner;

import dev.counterweight.joining.Side;
import dev.counterweight.streams.CommitStore;
import dev.counterweight.streams.Outgoing;
import dev.counterweight.streams.TaskProcessor;
import dev.counterweight.streams.TaskStore;
import java.util.List;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.jspecify.annotations.Nullable;

/**
 * Both topics read as they are, or written again by their join key ({@link Routes}), partition by
 * partition: a task joins one partition of the events with the same of the labels. What a task
 * knows is in one store ({@link CommitStore}).
 */
final class JoinerTopology {
  /** The name of a task's store, and of its parts: rows of keys, and the index of what is due. */
  static final String STORE = "joined";

  static final char ROWS = 'r';
  static final char DUE = 'd';
  private static final String JOIN = "join";

  private JoinerTopology() {}

  /**
   * @param rowBytes most bytes of a row in its changelog
   */
  static Topology build(JoinSettings settings, int rowBytes) {
    Topology topology = Routes.build(settings);
    for (Side side : Side.values()) {
      if (!settings.routing().routes(side)) {
        topology.addSource(
            AutoOffsetReset.earliest(),
            side.text(),
            timestamps(),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            settings.of(side).topic());
      }
    }
    return topology
        .addProcessor(
            JOIN,
            TaskProcessor.supplier(
                (ProcessorContext<byte[], Outgoing> context) -> new JoinTask(settings, context),
                CommitStore.builder(STORE, rowBytes)),
            Side.EVENTS.text(),
            Side.LABELS.text())
        .addSink(
            JoinTask.LABELLED,
            settings.names().labelled(),
            new ByteArraySerializer(),
            Outgoing.serializer(),
            Outgoing.partitioner(),
            JOIN)
        .addSink(
            JoinTask.LETTERS,
            settings.names().deadLetters(),
            new ByteArraySerializer(),
            Outgoing.serializer(),
            Outgoing.partitioner(),
            JOIN);
  }

  /** The time that a record of a side was read to have; with it both are read in step. */
  static TimestampExtractor timestamps() {
    return (record, partitionTime) -> {
      byte @Nullable [] value = (byte[]) record.value();
      if (SideChunk.is(value)) {
        return SideChunk.firstMs(value);
      }
      long own = value == null ? SideRecord.OF_RECORD : SideRecord.of(value).ownTimeMs();
      return Math.max(0, own == SideRecord.OF_RECORD ? record.timestamp() : own);
    };
  }

  /** The topics that Streams keeps for this topology, without which what waits would be lost. */
  static List<String> stateTopics(String applicationId) {
    return List.of(TaskStore.changelog(applicationId, STORE));
  }
}
