package dev.counterweight.joiner;

import dev.counterweight.joining.Side;
import dev.counterweight.streams.Outgoing;
import dev.counterweight.streams.TaskProcessor;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * The part of the topology that writes sides again by their join key: a node of the side's name has
 * what comes back, a {@link RoutedRecord} each.
 */
final class Routes {
  private Routes() {}

  /** A topology that has those of the sides that are written again. */
  static Topology build(JoinSettings settings) {
    StreamsBuilder builder = new StreamsBuilder();
    for (Side side : Side.values()) {
      if (settings.routing().routes(side)) {
        add(builder, settings, side);
      }
    }
    return builder.build();
  }

  /** The node to which a side's records go that are joined. */
  static String routed(Side side) {
    return side.text() + "-routed";
  }

  /** The node to which a side's dead letters go. */
  static String letters(Side side) {
    return side.text() + "-letters";
  }

  private static void add(StreamsBuilder builder, JoinSettings settings, Side side) {
    Serde<byte[]> bytes = Serdes.ByteArray();
    Serde<Outgoing> values =
        Serdes.serdeFrom(Outgoing.serializer(), (topic, value) -> new Outgoing(0, value));
    KStream<byte[], Outgoing> read =
        builder.stream(
                settings.of(side).topic(),
                Consumed.with(bytes, bytes)
                    .withName(side.text() + "-read")
                    .withOffsetResetPolicy(AutoOffsetReset.earliest())
                    .withTimestampExtractor(JoinerTopology.timestamps()))
            .process(
                TaskProcessor.supplier(
                    (ProcessorContext<byte[], Outgoing> context) ->
                        new RouteTask(settings, side, context)),
                Named.as(side.text() + "-route"));
    read.filter((key, value) -> true, Named.as(letters(side)))
        .to(
            settings.names().deadLetters(),
            Produced.with(bytes, values).withStreamPartitioner(Outgoing.partitioner()));
    read.filter((key, value) -> true, Named.as(routed(side)))
        .repartition(
            Repartitioned.<byte[], Outgoing>as(side.text())
                .withNumberOfPartitions(settings.routing().partitions())
                .withKeySerde(bytes)
                .withValueSerde(values)
                .withStreamPartitioner(Outgoing.partitioner()))
        .process(Unwrapped::new, Named.as(side.text()));
  }

  /** What comes back is bytes, as of a side that is read as it is. */
  private static final class Unwrapped
      extends ContextualProcessor<byte[], Outgoing, byte[], byte[]> {
    @Override
    public void process(Record<byte[], Outgoing> record) {
      context().forward(record.withValue(record.value().value()));
    }
  }
}
