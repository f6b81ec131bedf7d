package dev.counterweight.joiner;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive events, or labels, of one partition as the value of one record of the topology: Kafka
 * Streams spends as much on a record as it takes to join it. Read from the first to the last.
 *
 * <p>Bytes, big-endian: {@link SideRecord#CHUNK} (1), and of each record time (8), offset (8),
 * class of a label, -1 of an event (4), length of the join key (4), join key, length of the body
 * (4; 0 of a label), and the rest of an event as {@link HeldBody} has it. Never leaves the process.
 */
final class SideChunk {
  private static final int HEAD = 2 * Long.BYTES + 3 * Integer.BYTES;
  private static final int NO_CLASS = -1;

  private final ByteBuffer in;
  private long timeMs;
  private long offset;
  private int label;
  private byte[] key = {};
  private byte[] body = {};

  private SideChunk(byte[] value) {
    this.in = ByteBuffer.wrap(value, 1, value.length - 1);
  }

  /** What {@link #bytes} gave. */
  static SideChunk of(byte[] value) {
    return new SideChunk(value);
  }

  /** Whether a value is a chunk. */
  static boolean is(byte @Nullable [] value) {
    return value != null && value.length > 0 && value[0] == SideRecord.CHUNK;
  }

  /** Of events, or of labels, that were read without error, and whose times count. */
  static byte[] bytes(List<ConsumerRecord<byte[], byte[]>> records) {
    int size = 1;
    for (ConsumerRecord<byte[], byte[]> record : records) {
      SideRecord read = SideRecord.of(record.value());
      size += HEAD + read.joinKeyLength(record.key()) + bodyLength(read);
    }
    ByteBuffer out = ByteBuffer.allocate(size).put(SideRecord.CHUNK);
    for (ConsumerRecord<byte[], byte[]> record : records) {
      SideRecord read = SideRecord.of(record.value());
      out.putLong(read.timeMs(record.timestamp())).putLong(record.offset());
      out.putInt(read.kind() == SideRecord.LABEL ? read.label() : NO_CLASS);
      read.putJoinKey(out, record.key());
      if (read.kind() == SideRecord.LABEL) {
        out.putInt(0);
      } else {
        read.putBody(out);
      }
    }
    return out.array();
  }

  private static int bodyLength(SideRecord read) {
    return read.kind() == SideRecord.LABEL ? 0 : read.bodyLength();
  }

  /** The time of the first record of a chunk's bytes. */
  static long firstMs(byte[] value) {
    return ByteBuffer.wrap(value).getLong(1);
  }

  /** Goes to the next record; false if there is none. */
  boolean next() {
    if (!in.hasRemaining()) {
      return false;
    }
    timeMs = in.getLong();
    offset = in.getLong();
    label = in.getInt();
    key = taken();
    body = taken();
    return true;
  }

  private byte[] taken() {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return bytes;
  }

  long timeMs() {
    return timeMs;
  }

  long offset() {
    return offset;
  }

  /** The class of a label. */
  int label() {
    return label;
  }

  byte[] joinKey() {
    return key;
  }

  /** Of an event. */
  byte[] body() {
    return body;
  }
}
