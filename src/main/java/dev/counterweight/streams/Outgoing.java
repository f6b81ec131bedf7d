package dev.counterweight.streams;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.jspecify.annotations.Nullable;

/**
 * The value of a record that is written, and the partition that it goes to.
 *
 * @param partition one of them, or {@link #ALL}
 * @param value the record's; null of a dead letter without one
 */
@SuppressWarnings("ArrayRecordComponent")
public record Outgoing(int partition, byte @Nullable [] value) {
  /** Stands for all partitions of the topic. */
  public static final int ALL = -1;

  public static Serializer<Outgoing> serializer() {
    return (topic, outgoing) -> outgoing == null ? null : outgoing.value();
  }

  public static StreamPartitioner<byte[], Outgoing> partitioner() {
    return (topic, key, outgoing, partitions) ->
        Optional.of(
            outgoing.partition() == ALL
                ? IntStream.range(0, partitions).boxed().collect(Collectors.toSet())
                : Set.of(outgoing.partition()));
  }
}
