package dev.counterweight.joiner;

import dev.counterweight.config.LabelsConfig;
import dev.counterweight.joining.JoinRules;
import dev.counterweight.streams.PackedRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.jspecify.annotations.Nullable;

/**
 * Packs what one poll brings of sides that are read as they are into {@link SideChunk}s. What is no
 * event and no label stands alone, as it was. Used by the thread of one consumer.
 */
final class SidePacker {
  /** Records in a chunk, at most: both sides are read in step by the first of each. */
  static final int MOST = 128;

  private static final int MOST_BYTES = 64 << 10;

  private final Map<String, Long> minTimes;

  /**
   * @param minTimes {topic: the earliest time of a record} of the sides
   */
  SidePacker(Map<String, Long> minTimes) {
    this.minTimes = Map.copyOf(minTimes);
  }

  /** Whether sides are packed at all: not where it matters which records have come. */
  static boolean packs(LabelsConfig labels) {
    return labels.scope() == JoinRules.Scope.ALL;
  }

  /** The same records, those of the sides in chunks. */
  ConsumerRecords<byte[], byte[]> pack(ConsumerRecords<byte[], byte[]> polled) {
    return PackedRecords.of(
        polled,
        (partition, records) -> {
          Long minMs = minTimes.get(partition.topic());
          return minMs == null ? records : chunks(records, minMs);
        });
  }

  private static List<ConsumerRecord<byte[], byte[]>> chunks(
      List<ConsumerRecord<byte[], byte[]>> records, long minMs) {
    List<ConsumerRecord<byte[], byte[]>> chunks = new ArrayList<>();
    List<ConsumerRecord<byte[], byte[]>> open = new ArrayList<>();
    int bytes = 0;
    for (ConsumerRecord<byte[], byte[]> record : records) {
      boolean joins = joins(record, minMs);
      if (!open.isEmpty() && (!joins || open.size() == MOST || bytes > MOST_BYTES)) {
        chunks.add(PackedRecords.chunk(open.get(0), SideChunk.bytes(open)));
        open.clear();
        bytes = 0;
      }
      if (joins) {
        open.add(record);
        bytes += record.value().length;
      } else {
        chunks.add(record);
      }
    }
    if (!open.isEmpty()) {
      chunks.add(PackedRecords.chunk(open.get(0), SideChunk.bytes(open)));
    }
    return chunks;
  }

  private static boolean joins(ConsumerRecord<byte[], byte[]> record, long minMs) {
    byte @Nullable [] value = record.value();
    if (value == null) {
      return false;
    }
    SideRecord read = SideRecord.of(value);
    if (read.kind() != SideRecord.EVENT && read.kind() != SideRecord.LABEL) {
      return false;
    }
    long timeMs = read.timeMs(record.timestamp());
    return timeMs > 0 && timeMs >= minMs;
  }
}
