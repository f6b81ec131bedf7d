package dev.counterweight.joiner;

import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.jspecify.annotations.Nullable;

/**
 * The value of a record that is written, and the partition that it goes to.
 *
 * @param value the record's; null of a dead letter without one
 */
@SuppressWarnings("ArrayRecordComponent")
record Outgoing(int partition, byte @Nullable [] value) {

  static Serializer<Outgoing> serializer() {
    return (topic, outgoing) -> outgoing == null ? null : outgoing.value();
  }

  static StreamPartitioner<byte[], Outgoing> partitioner() {
    return (topic, key, outgoing, partitions) -> Optional.of(Set.of(outgoing.partition()));
  }
}
