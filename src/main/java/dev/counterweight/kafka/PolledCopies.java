package dev.counterweight.kafka;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Copies keys and values while a consumer deserializes them, which may make of them what it likes,
 * and gives them to a {@link SharedFetch} once the poll tells which records they are of.
 *
 * <p>A consumer gives a record's headers to both deserializers and to the record, and to no other:
 * they tell the record of a copy. A copy may be of no record that was polled, where a deserializer
 * threw, and is left out then. Used by the thread of one consumer.
 */
public final class PolledCopies {
  private static final int KEPT_ROOM = 4 << 20;
  private static final Headers NONE = new RecordHeaders();

  private final String topic;
  private final PollBudget budget;
  private final SharedFetch.Giver giver;
  private final int mostKeyBytes;
  private final int mostValueBytes;
  private final Map<TopicPartition, Long> before = new HashMap<>();
  private final Set<TopicPartition> had = new HashSet<>();
  private boolean copying;
  private byte[] bytes = {};
  private int length;
  // Of each copy: whose it is, where key and value begin, and how long they are.
  private Headers[] owners = {};
  private int[] keys = {};
  private int[] keyLengths = {};
  private int[] values = {};
  private int[] valueLengths = {};
  private int count;

  /** How far a consumer has read, by what it knows. */
  public interface Reading {
    /** The partitions that it has. */
    Set<TopicPartition> partitions();

    /** The offset that it reads next; empty if it does not know yet. */
    OptionalLong position(TopicPartition partition);

    /** How many offsets were left when the broker was last heard; empty if it was not yet. */
    OptionalLong lag(TopicPartition partition);

    /** Changes whenever it may have lost partitions and got them back. */
    int generation();
  }

  private int generation;

  /**
   * @param topic whose records are given
   * @param budget of the consumer's polls, of which copies take their share
   */
  public PolledCopies(
      String topic,
      PollBudget budget,
      SharedFetch.Giver giver,
      int mostKeyBytes,
      int mostValueBytes) {
    this.topic = topic;
    this.budget = budget;
    this.giver = giver;
    this.mostKeyBytes = mostKeyBytes;
    this.mostValueBytes = mostValueBytes;
  }

  /** The same keys; those that come by are copied. */
  public Deserializer<byte @Nullable []> keys(Deserializer<byte @Nullable []> inner) {
    return new Copying(inner, true);
  }

  /** The same values; those that come by are copied. */
  public Deserializer<byte @Nullable []> values(Deserializer<byte @Nullable []> inner) {
    return new Copying(inner, false);
  }

  /** A poll begins. */
  public void begin(Reading reading) {
    copying = giver.wanted();
    before.clear();
    Arrays.fill(owners, 0, count, NONE);
    count = 0;
    length = 0;
    if (bytes.length > KEPT_ROOM) {
      bytes = new byte[0];
    }
    if (copying) {
      generation = reading.generation();
      for (TopicPartition partition : reading.partitions()) {
        if (partition.topic().equals(topic)) {
          reading.position(partition).ifPresent(position -> before.put(partition, position));
        }
      }
    }
  }

  /** The poll is over, and has brought these records. */
  public void end(ConsumerRecords<byte[], byte[]> polled, Reading reading) {
    if (!copying) {
      had.clear();
      return;
    }
    if (reading.generation() != generation) {
      // A partition may have been lost and come back, with another position.
      before.clear();
    }
    Set<TopicPartition> has = reading.partitions();
    had.stream().filter(partition -> !has.contains(partition)).forEach(giver::gone);
    had.clear();
    for (TopicPartition partition : has) {
      if (partition.topic().equals(topic)) {
        had.add(partition);
        end(partition, polled.records(partition), reading);
      }
    }
  }

  private void end(
      TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> records, Reading reading) {
    OptionalLong position = reading.position(partition);
    OptionalLong lag = reading.lag(partition);
    Long from = before.get(partition);
    if (records.isEmpty()) {
      if (position.isPresent() && from != null && from <= position.getAsLong()) {
        giver.giveNone(partition, lag, from, position.getAsLong());
      }
      return;
    }
    long behind = records.get(records.size() - 1).offset() + 1;
    long next = Math.max(behind, position.orElse(behind));
    give(partition, records, from == null ? records.get(0).offset() : from, next, lag);
  }

  private void give(
      TopicPartition partition,
      List<ConsumerRecord<byte[], byte[]>> records,
      long from,
      long next,
      OptionalLong lag) {
    int[] copies = copies(records);
    byte[] room = null;
    if (copies != null) {
      long size = 0;
      for (int i = 0; i < copies.length; i++) {
        FetchedChunk.KeptBytes kept = kept(copies[i]);
        size += FetchedChunk.size(records.get(i), kept.keyLength(), kept.valueLength());
      }
      room = giver.room(partition, from, next, size);
    }
    if (copies == null || room == null) {
      giver.leftOut(partition, lag, next);
      return;
    }
    FetchedChunk.Writer writer = new FetchedChunk.Writer(room);
    for (int i = 0; i < copies.length; i++) {
      writer.add(records.get(i), kept(copies[i]));
    }
    giver.give(partition, lag, writer.chunk(from, next));
  }

  /** The copy of each record, -1 for one without key and value; null if one is not there. */
  private int @Nullable [] copies(List<ConsumerRecord<byte[], byte[]>> records) {
    int[] copies = new int[records.size()];
    int copy = 0;
    for (int i = 0; i < copies.length; i++) {
      ConsumerRecord<byte[], byte[]> record = records.get(i);
      if (record.serializedKeySize() < 0 && record.serializedValueSize() < 0) {
        copies[i] = -1;
        continue;
      }
      while (copy < count && owners[copy] != record.headers()) {
        copy++;
      }
      if (copy == count) {
        return null;
      }
      copies[i] = copy++;
    }
    return copies;
  }

  private FetchedChunk.KeptBytes kept(int copy) {
    return copy < 0
        ? new FetchedChunk.KeptBytes(bytes, 0, -1, 0, -1)
        : new FetchedChunk.KeptBytes(
            bytes, keys[copy], keyLengths[copy], values[copy], valueLengths[copy]);
  }

  private void copy(Headers headers, ByteBuffer data, boolean key) {
    int size = Math.min(data.remaining(), key ? mostKeyBytes : mostValueBytes);
    budget.take(headers, size);
    if (count == 0 || owners[count - 1] != headers) {
      grow();
      owners[count] = headers;
      keyLengths[count] = -1;
      valueLengths[count] = -1;
      count++;
    }
    if (bytes.length - length < size) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + size));
    }
    (key ? keys : values)[count - 1] = length;
    (key ? keyLengths : valueLengths)[count - 1] = size;
    data.get(data.position(), bytes, length, size);
    length += size;
  }

  private void grow() {
    if (count == owners.length) {
      int more = Math.max(64, 2 * count);
      owners = Arrays.copyOf(owners, more);
      keys = Arrays.copyOf(keys, more);
      keyLengths = Arrays.copyOf(keyLengths, more);
      values = Arrays.copyOf(values, more);
      valueLengths = Arrays.copyOf(valueLengths, more);
    }
  }

  private final class Copying implements Deserializer<byte @Nullable []> {
    private final Deserializer<byte @Nullable []> inner;
    private final boolean key;

    Copying(Deserializer<byte @Nullable []> inner, boolean key) {
      this.inner = inner;
      this.key = key;
    }

    @Override
    public byte @Nullable [] deserialize(String from, byte @Nullable [] data) {
      return inner.deserialize(from, data);
    }

    /** Leaves the position where it is: the consumer tells the size by it afterwards. */
    @Override
    public byte @Nullable [] deserialize(String from, Headers headers, @Nullable ByteBuffer data) {
      if (copying && data != null && from.equals(topic)) {
        copy(headers, data, key);
      }
      return inner.deserialize(from, headers, data);
    }
  }
}
