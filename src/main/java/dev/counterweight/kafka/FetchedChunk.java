package dev.counterweight.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * What one poll brought of a partition: every committed record at the offsets from {@code from} to
 * below {@code next}. Kept as bytes in an array that is lent and used again, since thousands of
 * small objects that wait for a second are what a garbage collector is slowest with.
 *
 * @param bytes the records, and perhaps room behind them; not written any more
 */
@SuppressWarnings("ArrayRecordComponent")
record FetchedChunk(byte[] bytes, int count, long from, long next) {
  // Offset, timestamp, leader epoch, timestamp's type, number of headers, two sizes, two lengths.
  private static final int FIXED = 2 * Long.BYTES + 7 * Integer.BYTES;
  private static final int NONE = -1;

  /** Bytes that a record takes. */
  static long size(ConsumerRecord<?, ?> record, int keyBytes, int valueBytes) {
    long size = FIXED + (long) Math.max(0, keyBytes) + Math.max(0, valueBytes);
    for (Header header : record.headers().toArray()) {
      byte[] value = header.value();
      size += 2 * Integer.BYTES + header.key().getBytes(UTF_8).length;
      size += value == null ? 0 : value.length;
    }
    return size;
  }

  /** Writes a chunk. Not thread-safe. */
  static final class Writer {
    private final ByteBuffer to;
    private int count;

    /**
     * @param room at least as long as what is to be written
     */
    Writer(byte[] room) {
      this.to = ByteBuffer.wrap(room);
    }

    /** The array that it writes into. */
    byte[] room() {
      return to.array();
    }

    /**
     * Adds a record, of whose key and value the first bytes are kept.
     *
     * @param kept holds them
     */
    void add(ConsumerRecord<?, ?> record, KeptBytes kept) {
      Header[] headers = record.headers().toArray();
      to.putLong(record.offset())
          .putLong(record.timestamp())
          .putInt(record.leaderEpoch().orElse(NONE))
          .putInt(record.timestampType().id)
          .putInt(headers.length)
          .putInt(record.serializedKeySize())
          .putInt(record.serializedValueSize());
      put(kept.bytes(), kept.key(), kept.keyLength());
      put(kept.bytes(), kept.value(), kept.valueLength());
      for (Header header : headers) {
        byte[] name = header.key().getBytes(UTF_8);
        byte[] value = header.value();
        put(name, 0, name.length);
        put(value == null ? name : value, 0, value == null ? NONE : value.length);
      }
      count++;
    }

    private void put(byte[] bytes, int from, int length) {
      to.putInt(length).put(bytes, from, Math.max(0, length));
    }

    FetchedChunk chunk(long from, long next) {
      return new FetchedChunk(to.array(), count, from, next);
    }
  }

  /**
   * Where a record's key and value stand in an array.
   *
   * @param keyLength -1 for no key
   * @param valueLength -1 for no value
   */
  @SuppressWarnings("ArrayRecordComponent")
  record KeptBytes(byte[] bytes, int key, int keyLength, int value, int valueLength) {}

  /** The records that stand at an offset or behind it, as a consumer would give them. */
  List<ConsumerRecord<byte[], byte[]>> records(TopicPartition partition, long offset) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(count);
    ByteBuffer read = ByteBuffer.wrap(bytes);
    Optional<Integer> epoch = Optional.empty();
    for (int i = 0; i < count; i++) {
      ConsumerRecord<byte[], byte[]> record = record(partition, read, epoch);
      epoch = record.leaderEpoch();
      if (record.offset() >= offset) {
        records.add(record);
      }
    }
    return records;
  }

  /**
   * The next record.
   *
   * @param before the epoch of the one before, mostly the same
   */
  private static ConsumerRecord<byte[], byte[]> record(
      TopicPartition partition, ByteBuffer read, Optional<Integer> before) {
    long offset = read.getLong();
    long timestamp = read.getLong();
    int epoch = read.getInt();
    TimestampType type = type(read.getInt());
    int headers = read.getInt();
    int keySize = read.getInt();
    int valueSize = read.getInt();
    byte[] key = bytes(read);
    byte[] value = bytes(read);
    return new ConsumerRecord<>(
        partition.topic(),
        partition.partition(),
        offset,
        timestamp,
        type,
        keySize,
        valueSize,
        key,
        value,
        headers(read, headers),
        before.orElse(NONE) == epoch
            ? before
            : epoch == NONE ? Optional.empty() : Optional.of(epoch));
  }

  private static Headers headers(ByteBuffer read, int count) {
    RecordHeaders headers = new RecordHeaders();
    for (int i = 0; i < count; i++) {
      byte[] name = bytes(read);
      headers.add(new String(name == null ? new byte[0] : name, UTF_8), bytes(read));
    }
    return headers;
  }

  private static byte @Nullable [] bytes(ByteBuffer read) {
    int length = read.getInt();
    if (length < 0) {
      return null;
    }
    byte[] bytes = new byte[length];
    read.get(bytes);
    return bytes;
  }

  private static TimestampType type(int id) {
    return id == TimestampType.CREATE_TIME.id
        ? TimestampType.CREATE_TIME
        : id == TimestampType.LOG_APPEND_TIME.id
            ? TimestampType.LOG_APPEND_TIME
            : TimestampType.NO_TIMESTAMP_TYPE;
  }
}
