package dev.counterweight.simulation;

import dev.counterweight.streams.InputOffsets;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A topic's offsets as an admin client tells them to a group.
 *
 * @param begun partitions that the topic had when the job began
 */
record GroupOffsets(MemoryCluster cluster, String group, String topic, int begun)
    implements InputOffsets {
  @Override
  public OptionalLong committed(int partition) {
    OffsetAndMetadata committed = of(partition);
    if (committed != null) {
      return OptionalLong.of(committed.offset());
    }
    return partition >= begun ? OptionalLong.of(0) : OptionalLong.empty();
  }

  @Override
  public boolean committedWithState(int partition) {
    OffsetAndMetadata committed = of(partition);
    return committed != null && !committed.metadata().isEmpty();
  }

  @Override
  public long logStart(int partition) {
    return 0;
  }

  @Override
  public boolean holdsAny(int partition, long from, long to) {
    MemoryLog log = cluster.log(new TopicPartition(topic, partition));
    return !log.read(from, to, 1).records().isEmpty();
  }

  private @org.jspecify.annotations.Nullable OffsetAndMetadata of(int partition) {
    return cluster.group(group).committed(new TopicPartition(topic, partition));
  }
}
