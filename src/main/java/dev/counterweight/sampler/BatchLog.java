package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.Span;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Looks back into the committed records of a job's batch log, newest first. */
final class BatchLog {

  /**
   * How far the log covers some partitions.
   *
   * @param positions {partition: end of its newest span}, of those found
   * @param whole whether the log still has its first record, so that a partition that was not found
   *     was never covered
   */
  record Covered(Map<Integer, Long> positions, boolean whole) {
    Covered {
      positions = Map.copyOf(positions);
    }
  }

  private static final int CHUNK = 32;
  // A fetch at the end of the log would hold up the seek that follows for half a second.
  private static final Map<String, Object> READ_AT_ONCE =
      Map.of(
          ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
          10,
          ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
          CHUNK);

  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final JobTopics topics;
  private final Ticker ticker;

  BatchLog(KafkaClients clients, JobTopics topics, Ticker ticker) {
    this(
        () -> clients.consumer(topics.groupOf("sampler") + ".refill", READ_AT_ONCE),
        topics,
        ticker);
  }

  /**
   * @param consumers makes a consumer for each look back, which then closes it
   */
  BatchLog(Supplier<Consumer<byte[], byte[]>> consumers, JobTopics topics, Ticker ticker) {
    this.consumers = consumers;
    this.topics = topics;
    this.ticker = ticker;
  }

  /**
   * Hands out records, newest first, while {@code more} is true and as far as bytes and time allow.
   */
  void back(long maxBytes, Duration maxTime, Predicate<byte[]> more) {
    long deadlineMs = ticker.millis() + maxTime.toMillis();
    long[] left = {maxBytes};
    back(
        chunk -> {
          for (int i = chunk.size() - 1; i >= 0; i--) {
            left[0] -= chunk.get(i).length;
            if (left[0] < 0 || !more.test(chunk.get(i))) {
              return false;
            }
          }
          return ticker.millis() < deadlineMs;
        });
  }

  /** How far the log covers each of {@code wanted}; reads back as far as it takes. */
  Covered covered(Set<Integer> wanted) {
    Map<Integer, Long> positions = new HashMap<>();
    boolean whole = newest(wanted, positions, (record, span) -> span.to());
    return new Covered(positions, whole);
  }

  /**
   * The newest record that covers each of {@code wanted}, of those found; reads back as far as it
   * takes.
   */
  Map<Integer, byte[]> newest(Set<Integer> wanted) {
    Map<Integer, byte[]> found = new HashMap<>();
    newest(wanted, found, (record, span) -> record);
    return found;
  }

  /** Puts what is made of the newest record of each; whether the log begins with its first. */
  private <T> boolean newest(
      Set<Integer> wanted, Map<Integer, T> found, BiFunction<byte[], Span, T> of) {
    return back(
        chunk -> {
          for (int i = chunk.size() - 1; i >= 0 && found.size() < wanted.size(); i--) {
            byte[] record = chunk.get(i);
            Map<Integer, Span> spans = new HashMap<>(MiniBatchFormat.origin(record).spans());
            spans.keySet().retainAll(wanted);
            spans.forEach(
                (partition, span) -> found.putIfAbsent(partition, of.apply(record, span)));
          }
          return found.size() < wanted.size();
        });
  }

  /** Hands out stretches of the log, the newest first; whether it begins with its first record. */
  private boolean back(Predicate<List<byte[]>> more) {
    try (TopicTail<byte[]> log =
        new TopicTail<>(consumers.get(), topics.batches(), ConsumerRecord::value)) {
      return log.back(CHUNK, more);
    }
  }
}
