package dev.counterweight.judge;

import dev.counterweight.protocol.JobTopics;
import dev.counterweight.streams.Outgoing;
import dev.counterweight.streams.TaskProcessor;
import dev.counterweight.streams.TaskStore;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Scores as they are, and the labelled events: read as they are where they stand in the partition
 * of their event, else written again into it. A task judges the events of one partition.
 */
final class JudgeTopology {
  /** The name of a task's store, and of its parts. */
  static final String STORE = "judged";

  static final char ANSWERS = 'a';
  static final char TRUTHS = 't';

  /** Most bytes of a row in the changelog: a probability for each class, and its place. */
  static final int ROW_BYTES = 1 << 20;

  private static final String ROLE = "judge";
  private static final String LABELS = "labels";
  private static final String SCORES = "scores";

  private JudgeTopology() {}

  /** With a store on disk. */
  static Topology build(JudgeSettings settings) {
    return build(settings, TaskStore.builder(STORE, ROW_BYTES));
  }

  /**
   * @param store that each task has
   */
  static Topology build(JudgeSettings settings, StoreBuilder<?> store) {
    Topology topology = settings.routed() ? routed(settings) : new Topology();
    source(topology, SCORES, settings.names().scores());
    if (!settings.routed()) {
      source(topology, LABELS, settings.names().labelled());
    }
    return topology.addProcessor(
        ROLE,
        TaskProcessor.supplier(
            (ProcessorContext<Void, Void> context) -> new JudgeTask(settings, context), store),
        SCORES,
        LABELS);
  }

  private static void source(Topology topology, String name, String topic) {
    topology.addSource(
        AutoOffsetReset.earliest(),
        name,
        timestamps(),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        topic);
  }

  /** When the broker wrote a record; with it both topics are read in step. */
  private static TimestampExtractor timestamps() {
    return (record, partitionTime) -> Math.max(0, record.timestamp());
  }

  private static Topology routed(JudgeSettings settings) {
    Serde<byte[]> bytes = Serdes.ByteArray();
    Serde<Outgoing> values =
        Serdes.serdeFrom(Outgoing.serializer(), (topic, value) -> new Outgoing(0, value));
    StreamsBuilder builder = new StreamsBuilder();
    KStream<byte[], Outgoing> read =
        builder.stream(
                settings.names().labelled(),
                Consumed.with(bytes, bytes)
                    .withName("labelled")
                    .withOffsetResetPolicy(AutoOffsetReset.earliest())
                    .withTimestampExtractor(timestamps()))
            .process(
                TaskProcessor.supplier(
                    (ProcessorContext<byte[], Outgoing> context) ->
                        new LabelRouteTask(settings, context)),
                Named.as("label-route"));
    read.repartition(
            Repartitioned.<byte[], Outgoing>as(LABELS)
                .withNumberOfPartitions(settings.scores().partitions())
                .withKeySerde(bytes)
                .withValueSerde(values)
                .withStreamPartitioner(Outgoing.partitioner()))
        .process(Unwrapped::new, Named.as(LABELS));
    return builder.build();
  }

  /** The topic from which tasks have labels. */
  static String labels(JobTopics names, boolean routed) {
    return routed ? names.groupOf(ROLE) + "-" + LABELS + "-repartition" : names.labelled();
  }

  /** The topic in which Kafka Streams keeps the store. */
  static String changelog(JobTopics names) {
    return TaskStore.changelog(names.groupOf(ROLE), STORE);
  }

  /** What comes back is bytes, as of a topic that is read as it is. */
  private static final class Unwrapped
      extends ContextualProcessor<byte[], Outgoing, byte[], byte[]> {
    @Override
    public void process(Record<byte[], Outgoing> record) {
      context().forward(record.withValue(record.value().value()));
    }
  }
}
