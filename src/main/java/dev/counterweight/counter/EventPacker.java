package dev.counterweight.counter;

import dev.counterweight.event.EventHead;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * Packs the events that one poll returns into chunks. A chunk has the offset of its first event:
 * what Kafka Streams commits is the offset of the first record not yet processed, or the position
 * when there is none, and both are right for chunks too. Used by the thread of one consumer.
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
    if (polled.isEmpty()) {
      return polled;
    }
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> packed = new HashMap<>();
    for (TopicPartition partition : polled.partitions()) {
      List<ConsumerRecord<byte[], byte[]>> records = polled.records(partition);
      packed.put(
          partition,
          partition.topic().equals(topic) ? chunks(records, behind.test(partition)) : records);
    }
    return new ConsumerRecords<>(packed, polled.nextOffsets());
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
    ConsumerRecord<byte[], byte[]> first = events.get(0);
    byte[] value = chunk.value(newest);
    return new ConsumerRecord<>(
        first.topic(),
        first.partition(),
        first.offset(),
        Math.max(0, first.timestamp()),
        TimestampType.CREATE_TIME,
        ConsumerRecord.NULL_SIZE,
        value.length,
        null,
        value,
        new RecordHeaders(),
        first.leaderEpoch());
  }
}
