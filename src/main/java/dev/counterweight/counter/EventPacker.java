package dev.counterweight.counter;

import dev.counterweight.event.EventHead;
import dev.counterweight.streams.PackedRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Packs the events that one poll returns into {@link EventChunk}s. Used by the thread of one
 * consumer.
 */
final class EventPacker {
  private final String topic;
  private final long minTimeMs;

  /**
   * @param topic of events, whose values are those of a {@link HeadDeserializer}
   * @param minTimeMs the earliest time of an event
   */
  EventPacker(String topic, long minTimeMs) {
    this.topic = topic;
    this.minTimeMs = minTimeMs;
  }

  /**
   * The same records, those of the events topic in chunks.
   *
   * @param behind whether a partition has more to read behind what was polled
   */
  ConsumerRecords<byte[], byte[]> pack(
      ConsumerRecords<byte[], byte[]> polled, Predicate<TopicPartition> behind) {
    return PackedRecords.of(
        polled,
        (partition, records) ->
            partition.topic().equals(topic) ? chunks(records, behind.test(partition)) : records);
  }

  private List<ConsumerRecord<byte[], byte[]>> chunks(
      List<ConsumerRecord<byte[], byte[]>> records, boolean behind) {
    List<ConsumerRecord<byte[], byte[]>> chunks = new ArrayList<>();
    for (int from = 0; from < records.size(); from += EventChunk.MOST) {
      int to = Math.min(records.size(), from + EventChunk.MOST);
      chunks.add(chunk(records.subList(from, to), !behind && to == records.size()));
    }
    return chunks;
  }

  private ConsumerRecord<byte[], byte[]> chunk(
      List<ConsumerRecord<byte[], byte[]>> events, boolean newest) {
    EventChunk chunk = EventChunk.forEvents(events.size());
    for (ConsumerRecord<byte[], byte[]> event : events) {
      byte @Nullable [] value = event.value();
      EventHead head = HeadDeserializer.head(value, event.timestamp(), minTimeMs);
      if (head != null) {
        chunk.add(event.offset(), head);
      } else {
        chunk.addWithoutHead(event.offset(), HeadDeserializer.withoutHead(value));
      }
    }
    return PackedRecords.chunk(events.get(0), chunk.value(newest));
  }
}
