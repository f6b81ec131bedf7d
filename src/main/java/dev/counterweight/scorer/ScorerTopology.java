package dev.counterweight.scorer;

import dev.counterweight.streams.Outgoing;
import dev.counterweight.streams.TaskProcessor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/** Each partition of the events into the same of the scores, without any state. */
final class ScorerTopology {
  private static final String EVENTS = "events";
  private static final String SCORE = "score";

  private ScorerTopology() {}

  static Topology build(ScorerSettings settings) {
    return new Topology()
        .addSource(
            AutoOffsetReset.earliest(),
            EVENTS,
            // Nothing goes by time here: a record without one is an event all the same.
            (record, partitionTime) -> Math.max(0, record.timestamp()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer(),
            settings.events().topic())
        .addProcessor(
            SCORE,
            TaskProcessor.supplier(
                (ProcessorContext<byte[], Outgoing> context) -> new ScoreTask(settings, context)),
            EVENTS)
        .addSink(
            ScoreTask.SCORES,
            settings.names().scores(),
            new ByteArraySerializer(),
            Outgoing.serializer(),
            Outgoing.partitioner(),
            SCORE)
        .addSink(
            ScoreTask.LETTERS,
            settings.names().deadLetters(),
            new ByteArraySerializer(),
            Outgoing.serializer(),
            Outgoing.partitioner(),
            SCORE);
  }
}
