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
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
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
  private static final int COMMIT_EVERY = 1_000;
  private static final long COMMIT_EVERY_MS = 1_000;

  /** For how long a broker keeps a group's offset by default: offsets.retention.minutes. */
  private static final Duration OFFSETS_KEPT = Duration.ofDays(7);

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
      Walk walk = new Walk(selection, log, writer);
      walk.finish(
          log.from(
              walk.start(),
              letter -> {
                walk.take(letter);
                return walk.wantsMore();
              }));
      return new Result(walk.published, walk.byTopic, walk.refused, walk.left);
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

  /** One walk over the topic, and what it has come to. */
  private final class Walk {
    private final Selection selection;
    private final ReplayedLetters replayed;
    private final @Nullable TransactionalWriter writer;
    private final LetterLog<DeadLetter> log;
    private final SortedMap<String, Long> published = new TreeMap<>();
    private final SortedMap<String, Long> byTopic = new TreeMap<>();
    private final Map<Fate, Long> refused = new EnumMap<>(Fate.class);
    private final Set<String> kinds = new HashSet<>();
    private long total;
    private long uncommitted;
    private long left;
    private long at;
    private long from = -1;
    private long hold = Long.MAX_VALUE;
    private boolean forgotten;

    Walk(Selection selection, LetterLog<DeadLetter> log, @Nullable TransactionalWriter writer) {
      this.selection = selection;
      this.log = log;
      this.writer = writer;
      this.replayed = log.replayed();
    }

    long start() {
      return selection.spent() ? 0 : replayed.below();
    }

    boolean wantsMore() {
      return total < selection.max();
    }

    void take(DeadLetter letter) {
      long offset = letter.record().offset();
      if (at == 0) {
        requireKnown(letter);
      }
      at = offset + 1;
      Instant since = selection.since();
      if (from < 0 && (since == null || letter.record().timestamp() >= since.toEpochMilli())) {
        from = offset;
      }
      Fate fate = letter.fate(partitions.keySet());
      if (!replayed.contains(letter, fate)) {
        handle(letter, fate);
      }
      TransactionalWriter to = writer;
      // An open transaction holds up every reader of the events.
      if (to != null
          && (uncommitted >= COMMIT_EVERY
              || to.full()
              || to.due(ticker.millis(), COMMIT_EVERY_MS))) {
        commit(to);
      }
    }

    private void handle(DeadLetter letter, Fate fate) {
      String reason = selection.reason();
      if (from < 0 || (reason != null && !reason.equals(letter.reason()))) {
        passOver(letter, fate);
      } else if (fate == Fate.FIT || (fate == Fate.SPENT && selection.spent())) {
        publish(letter, fate);
      } else {
        refused.merge(fate, 1L, Long::sum);
      }
    }

    /**
     * That nothing is known of an earlier replay says nothing of letters older than a broker keeps
     * such knowledge.
     */
    private void requireKnown(DeadLetter first) {
      Instant refusedAt = Instant.ofEpochMilli(first.record().timestamp());
      forgotten = !replayed.known() && refusedAt.isBefore(clock.instant().minus(OFFSETS_KEPT));
      if (forgotten && selection.since() == null) {
        throw new FailureException(
            "no earlier replay is known, and the letters reach back to %s: a broker forgets after %d days (offsets.retention.minutes) which were replayed. Say from when on to replay by --since; --since=1970-01-01 for all"
                .formatted(refusedAt, OFFSETS_KEPT.toDays()));
      }
    }

    /** It waits for another replay, unless it may have been published by one that is forgotten. */
    private void passOver(DeadLetter letter, Fate fate) {
      if (fate == Fate.FIT && !(forgotten && from < 0)) {
        left++;
        hold = Math.min(hold, letter.record().offset());
      }
    }

    private void publish(DeadLetter letter, Fate fate) {
      total++;
      published.merge(letter.reason(), 1L, Long::sum);
      ProducerRecord<byte[], byte[]> event = letter.event(partitions);
      byTopic.merge(event.topic(), 1L, Long::sum);
      kinds.add(ReplayedLetters.kind(letter, fate));
      TransactionalWriter to = writer;
      if (to == null) {
        return;
      }
      to.write(
          letter.record().serializedKeySize() + (long) letter.record().serializedValueSize(),
          out -> out.send(event));
      uncommitted++;
    }

    private void commit(TransactionalWriter to) {
      kinds.forEach(kind -> replayed.add(kind, from, at));
      replayed.advance(Math.min(hold, at));
      OffsetAndMetadata offset = replayed.committed();
      to.write(0, out -> out.account(log.partition(), offset));
      to.commit(log.group(), () -> {});
      uncommitted = 0;
    }

    /**
     * @param end every letter below it was taken
     */
    void finish(long end) {
      at = Math.max(at, end);
      TransactionalWriter to = writer;
      if (to != null && uncommitted > 0) {
        commit(to);
      }
      if (to != null) {
        to.await();
      }
    }
  }
}
