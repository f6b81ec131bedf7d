package dev.counterweight.letters;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.AccessProblem;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.letters.DeadLetter.Fate;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * The dead letters of a job, and which of them were published again. Belongs to the group that
 * keeps this, without being a member. Not thread-safe.
 *
 * @param <T> what a record is read as
 */
public final class LetterLog<T> implements AutoCloseable {
  /** Of transactional id and group. */
  static final String NAME = "dead-letters-replay";

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int STRETCH = 500;

  private final JobConfig config;
  private final TopicPartition partition;
  private final Consumer<byte[], byte[]> consumer;
  private final TopicTail<T> tail;

  /**
   * @param reader turns a record into what is kept of it
   */
  public LetterLog(
      JobConfig config, KafkaClients clients, Function<ConsumerRecord<byte[], byte[]>, T> reader) {
    String group = config.topics().groupOf(NAME);
    this.config = config;
    this.partition = new TopicPartition(config.topics().deadLetters(), 0);
    this.consumer = clients.consumer(group, Map.of(ConsumerConfig.GROUP_ID_CONFIG, group));
    this.tail = new TopicTail<>(consumer, partition, reader, TIMEOUT);
  }

  /** Gives every letter there is when this is called, oldest first. */
  public void each(java.util.function.Consumer<T> sink) {
    telling(
        () ->
            from(
                0,
                letter -> {
                  sink.accept(letter);
                  return true;
                }));
  }

  /**
   * Gives the letters by stretches, the newest stretch first and each in log order, while {@code
   * more} is true.
   */
  public void back(Predicate<List<T>> more) {
    telling(() -> tail.back(STRETCH, more));
  }

  /** Tells of a letter whether a replay would publish it. */
  public Predicate<DeadLetter> waiting() {
    ReplayedLetters replayed = telling(this::replayed);
    Set<String> topics = LetterTopics.of(config).all();
    return letter -> letter.fate(topics) == Fate.FIT && !replayed.contains(letter, Fate.FIT);
  }

  /**
   * Gives the letters from an offset on, up to the log's end as it is now, while {@code more} is
   * true.
   *
   * @return the offset below which all were given
   */
  long from(long offset, Predicate<T> more) {
    long end = tail.end();
    tail.seekKept(offset);
    for (Optional<T> next = tail.nextBelow(end);
        next.isPresent() && more.test(next.get());
        next = tail.nextBelow(end)) {}
    return tail.position();
  }

  TopicPartition partition() {
    return partition;
  }

  /** What earlier replays published, as far as a broker still knows. */
  ReplayedLetters replayed() {
    OffsetAndMetadata offset = consumer.committed(Set.of(partition), TIMEOUT).get(partition);
    if (offset != null && offset.offset() > tail.end()) {
      throw unfit("%d, beyond its end".formatted(offset.offset()));
    }
    try {
      return ReplayedLetters.of(offset);
    } catch (IllegalArgumentException e) {
      throw unfit("that no replay has written: " + e.getMessage());
    }
  }

  private FailureException unfit(String offset) {
    return new FailureException(
        "group '%s' has of topic '%s' an offset %s: was the topic deleted and created again? To begin anew: kafka-consumer-groups.sh --delete-offsets"
            .formatted(config.topics().groupOf(NAME), partition.topic(), offset));
  }

  ConsumerGroupMetadata group() {
    return consumer.groupMetadata();
  }

  @Override
  public void close() {
    tail.close();
  }

  private <R> R telling(java.util.function.Supplier<R> read) {
    try {
      return read.get();
    } catch (KafkaException e) {
      String what = "read the letters of topic '" + partition.topic() + "'";
      throw AccessProblem.in(e, what, config.kafka().bootstrapServers())
          .orElseGet(() -> new FailureException("cannot " + what + ": " + e.getMessage(), e));
    }
  }
}
