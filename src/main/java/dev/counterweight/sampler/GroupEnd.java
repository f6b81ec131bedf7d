package dev.counterweight.sampler;

import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Whether everything up to the end mark is used. Not thread-safe. */
final class GroupEnd {
  private final EndMark end;
  private final EventReader reader;
  private final Consumer<byte[], byte[]> consumer;
  private final String topic;

  GroupEnd(EndMark end, EventReader reader, Consumer<byte[], byte[]> consumer, String topic) {
    this.end = end;
    this.reader = reader;
    this.consumer = consumer;
    this.topic = topic;
  }

  /** Of the partitions in hand, or where there are none, of all by the group's offsets. */
  boolean reached() {
    if (!end.isSet()) {
      return false;
    }
    Set<Integer> partitions = reader.partitions();
    return partitions.isEmpty()
        ? othersAreDone()
        : partitions.stream().allMatch(p -> reader.reached(p) >= end.of(p));
  }

  private boolean othersAreDone() {
    SortedMap<Integer, Long> marks = end.marks();
    Map<TopicPartition, OffsetAndMetadata> committed =
        consumer.committed(
            marks.keySet().stream()
                .map(p -> new TopicPartition(topic, p))
                .collect(Collectors.toSet()));
    return marks.entrySet().stream()
        .allMatch(
            mark -> {
              OffsetAndMetadata offset = committed.get(new TopicPartition(topic, mark.getKey()));
              return mark.getValue() == 0 || (offset != null && offset.offset() >= mark.getValue());
            });
  }
}
