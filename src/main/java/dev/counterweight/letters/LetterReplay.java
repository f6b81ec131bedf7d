package dev.counterweight.letters;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.AccessProblem;
import dev.counterweight.kafka.Causes;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TransactionalProducer;
import dev.counterweight.kafka.TransactionalWriter;
import dev.counterweight.letters.DeadLetter.Fate;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the events of dead letters again, each once: in transactions, each of which commits
 * what it published together with which letters that were, as the offset of a group of its own. A
 * replay that is killed leaves nothing half done, and the next one goes on after it; of two at a
 * time the later shuts the earlier out. Reads up to the topic's end at the start, so that what is
 * refused anew is not published in a circle. Not thread-safe.
 */
public final class LetterReplay {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static final Map<String, Object> PRODUCER =
      Map.of(
          ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
          TransactionalProducer.TRANSACTION_TIMEOUT_MS,
          ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
          1,
          ProducerConfig.MAX_BLOCK_MS_CONFIG,
          (int) TIMEOUT.toMillis());

  private final JobConfig config;
  private final KafkaClients clients;
  private final Map<String, Integer> partitions;
  private final InstantSource clock;
  private final Ticker ticker = new Ticker(System::nanoTime);
  private final String id;

  /**
   * Which letters to take.
   *
   * @param reason theirs; null for any
   * @param since when they were refused, at the earliest; null for any time
   * @param max most of them
   * @param spent whether also those that were replayed as often as they may be
   */
  public record Selection(
      @Nullable String reason, @Nullable Instant since, long max, boolean spent) {}

  /**
   * What was done, or would be.
   *
   * @param published {reason: letters}
   * @param byTopic {topic: letters published there}
   * @param refused {why: letters} of those selected that may not be published
   * @param left letters that are not selected, and may be published by another replay
   */
  public record Result(
      SortedMap<String, Long> published,
      SortedMap<String, Long> byTopic,
      Map<Fate, Long> refused,
      long left) {
    /** Letters published in all. */
    public long total() {
      return published.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /**
   * @param partitions {topic: how many it has} of those that letters are published to
   */
  public LetterReplay(
      JobConfig config,
      KafkaClients clients,
      Map<String, Integer> partitions,
      InstantSource clock) {
    this.config = config;
    this.clients = clients;
    this.partitions = new TreeMap<>(partitions);
    this.clock = clock;
    this.id = config.topics().groupOf(LetterLog.NAME);
  }

  /**
   * Publishes what is selected.
   *
   * @throws FailureException if it cannot go on; what a transaction published before is published,
   *     and not again by the next replay
   */
  public Result run(Selection selection) {
    Retry retry = new Retry(() -> true, TIMEOUT);
    try (TransactionalWriter writer =
        new TransactionalWriter(this::producer, "replay", id, ticker, retry, id)) {
      try {
        writer.start();
        return walk(selection, writer);
      } catch (RuntimeException e) {
        abort(writer, e);
        throw explained(e);
      }
    }
  }

  /** Readers of the events wait for an open transaction until the broker's time for it is up. */
  private static void abort(TransactionalWriter writer, RuntimeException because) {
    try {
      writer.abort();
    } catch (RuntimeException e) {
      because.addSuppressed(e);
    }
  }

  /** What {@link #run} would do; writes nothing and shuts nobody out. */
  public Result preview(Selection selection) {
    try {
      return walk(selection, null);
    } catch (RuntimeException e) {
      throw explained(e);
    }
  }

  private Producer<byte[], byte[]> producer() {
    return clients.transactionalProducer(id, PRODUCER);
  }

  private Result walk(Selection selection, @Nullable TransactionalWriter writer) {
    try (LetterLog<DeadLetter> log = new LetterLog<>(config, clients, DeadLetter::of)) {
      return new LetterWalk(selection, log, partitions, writer, clock, ticker).result();
    }
  }

  private RuntimeException explained(RuntimeException error) {
    boolean fenced =
        Causes.any(ProducerFencedException.class, error)
            || Causes.any(InvalidProducerEpochException.class, error);
    if (error instanceof FailureException && !fenced) {
      return error;
    }
    String what = "replay the letters of topic '" + config.topics().deadLetters() + "'";
    if (fenced) {
      return new FailureException(
          "another `dead-letters replay` of job '%s' has begun and shut this one out: it goes on from what this one had committed"
              .formatted(config.job()),
          error);
    }
    if (Causes.any(RecordTooLargeException.class, error)) {
      return new FailureException(
          "cannot %s: an event is larger than a topic of %s takes uncompressed: set kafka.compression.type as its producer has it, or raise max.message.bytes of the topic: %s"
              .formatted(what, String.join(", ", partitions.keySet()), error.getMessage()),
          error);
    }
    return AccessProblem.in(error, what, config.kafka().bootstrapServers())
        .orElseGet(
            () ->
                new FailureException(
                    "cannot %s: %s; what was committed before is published: start again to go on"
                        .formatted(what, error.getMessage()),
                    error));
  }
}
