package dev.counterweight.streams;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/**
 * How far each partition of this process has been polled. A task knows what it was given; that
 * nothing is left between its last record and an offset that the broker names as the end only the
 * consumer's position tells, since markers of transactions take offsets too. Thread-safe.
 */
public final class PolledPositions {
  private final Map<TopicPartition, Polled> polled = new ConcurrentHashMap<>();

  /**
   * How far a partition has been polled.
   *
   * @param last offset of the last record polled; -1 if none was since its consumer took it up
   * @param position the offset that is polled next
   */
  public record Polled(long last, long position) {
    /**
     * The offset up to which everything is processed.
     *
     * @param processed the last offset that was processed; -1 if none was
     */
    public long done(long processed) {
      return processed >= last ? position : processed + 1;
    }
  }

  /** One consumer's share. Used by the thread of that consumer. */
  public final class Share {
    private final Map<TopicPartition, Polled> own = new HashMap<>();

    private Share() {}

    /** A poll has brought these records: to be called after each, whatever it brought. */
    public void polled(ConsumerRecords<byte[], byte[]> records, Intake.Reading reading) {
      own.forEach(
          (partition, now) -> {
            if (!reading.partitions().contains(partition)) {
              polled.remove(partition, now);
            }
          });
      own.keySet().retainAll(reading.partitions());
      for (TopicPartition partition : reading.partitions()) {
        OptionalLong position = position(partition, records, reading);
        if (position.isPresent()) {
          Polled now =
              new Polled(last(partition, records, position.getAsLong()), position.getAsLong());
          own.put(partition, now);
          polled.put(partition, now);
        }
      }
    }

    /** Behind the last record at least, where the consumer knows no more: none is passed over. */
    private static OptionalLong position(
        TopicPartition partition, ConsumerRecords<byte[], byte[]> records, Intake.Reading reading) {
      OptionalLong position = reading.position(partition);
      var now = records.records(partition);
      return position.isPresent() || now.isEmpty()
          ? position
          : OptionalLong.of(now.get(now.size() - 1).offset() + 1);
    }

    private long last(
        TopicPartition partition, ConsumerRecords<byte[], byte[]> records, long position) {
      var now = records.records(partition);
      if (!now.isEmpty()) {
        return now.get(now.size() - 1).offset();
      }
      Polled before = own.get(partition);
      // A position behind what was polled was sought: none has been polled from there.
      return before == null || before.last() >= position ? -1 : before.last();
    }
  }

  /** The share of one more consumer. */
  public Share share() {
    return new Share();
  }

  /** How far a partition has been polled; empty if none of this process's consumers has it. */
  public Optional<Polled> of(TopicPartition partition) {
    return Optional.ofNullable(polled.get(partition));
  }
}
