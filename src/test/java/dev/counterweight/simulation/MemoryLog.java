package dev.counterweight.simulation;

import dev.counterweight.kafka.ReceivedRecord;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** A partition: records and the markers of transactions, an offset each. Not thread-safe. */
final class MemoryLog {
  private final TopicPartition partition;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<Transaction, Long> unmarked = new LinkedHashMap<>();

  /**
   * @param record null for a marker
   * @param by null outside a transaction
   */
  private record Entry(
      @Nullable ProducerRecord<byte[], byte[]> record, @Nullable Transaction by, long timestampMs) {

    boolean visible() {
      return record != null && (by == null || by.committed());
    }
  }

  /**
   * What a reader is given.
   *
   * @param next where it goes on
   */
  record Fetched(List<ConsumerRecord<byte[], byte[]>> records, long next) {}

  MemoryLog(TopicPartition partition) {
    this.partition = partition;
  }

  TopicPartition partition() {
    return partition;
  }

  long append(
      ProducerRecord<byte[], byte[]> record, @Nullable Transaction transaction, long nowMs) {
    if (transaction != null) {
      transaction.writes(this);
      unmarked.putIfAbsent(transaction, (long) entries.size());
    }
    Long own = record.timestamp();
    entries.add(new Entry(record, transaction, own == null ? nowMs : own));
    return entries.size() - 1;
  }

  void mark(Transaction transaction) {
    entries.add(new Entry(null, transaction, 0));
    unmarked.remove(transaction);
  }

  /** The offset after the newest. */
  long highEnd() {
    return entries.size();
  }

  /** The offset after the newest that a reader of committed records gets. */
  long end() {
    // The transaction that began first to write here stands first.
    Iterator<Long> firsts = unmarked.values().iterator();
    return firsts.hasNext() ? firsts.next() : entries.size();
  }

  /** Whether a reader of committed records gets one from an offset on. */
  boolean holds(long from) {
    long end = end();
    for (long next = from; next < end; next++) {
      if (entries.get((int) next).visible()) {
        return true;
      }
    }
    return false;
  }

  /** Committed records from an offset on; those of open transactions and all behind them wait. */
  Fetched read(long from, int most) {
    return read(from, end(), most);
  }

  Fetched read(long from, long to, int most) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    long next = from;
    while (next < to && records.size() < most) {
      Entry entry = entries.get((int) next);
      if (entry.visible()) {
        records.add(record(next, entry));
      }
      next++;
    }
    return new Fetched(records, next);
  }

  /** All that is committed. */
  List<ConsumerRecord<byte[], byte[]>> all() {
    return read(0, entries.size(), Integer.MAX_VALUE).records();
  }

  private ConsumerRecord<byte[], byte[]> record(long offset, Entry entry) {
    ProducerRecord<byte[], byte[]> sent = entry.record();
    if (sent == null) {
      throw new IllegalStateException("a marker is no record");
    }
    return ReceivedRecord.of(
        partition,
        offset,
        entry.timestampMs(),
        sent.key(),
        sent.value(),
        new RecordHeaders(sent.headers()));
  }
}
