package dev.counterweight.letters;

import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TransactionalWriter;
import dev.counterweight.letters.DeadLetter.Fate;
import dev.counterweight.letters.LetterReplay.Result;
import dev.counterweight.letters.LetterReplay.Selection;
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
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** One walk over the dead letters, and what it has come to. Not thread-safe. */
final class LetterWalk {
  private static final int COMMIT_EVERY = 1_000;
  private static final long COMMIT_EVERY_MS = 1_000;

  /** For how long a broker keeps a group's offset by default: offsets.retention.minutes. */
  private static final Duration OFFSETS_KEPT = Duration.ofDays(7);

  private final Selection selection;
  private final ReplayedLetters replayed;
  private final @Nullable TransactionalWriter writer;
  private final LetterLog<DeadLetter> log;
  private final Map<String, Integer> partitions;
  private final InstantSource clock;
  private final Ticker ticker;
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

  /**
   * @param log read from where the replays before have come to
   * @param partitions {topic: how many it has} of those that letters are published to
   * @param writer what publishes; null for a walk that only looks
   */
  LetterWalk(
      Selection selection,
      LetterLog<DeadLetter> log,
      Map<String, Integer> partitions,
      @Nullable TransactionalWriter writer,
      InstantSource clock,
      Ticker ticker) {
    this.selection = selection;
    this.log = log;
    this.partitions = partitions;
    this.writer = writer;
    this.clock = clock;
    this.ticker = ticker;
    this.replayed = log.replayed();
  }

  /** Walks up to the end as it is now, or to the last letter that is wanted. */
  Result result() {
    long end =
        log.from(
            selection.spent() ? 0 : replayed.below(),
            letter -> {
              take(letter);
              return total < selection.max();
            });
    finish(end);
    return new Result(published, byTopic, refused, left);
  }

  private void take(DeadLetter letter) {
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
        && (uncommitted >= COMMIT_EVERY || to.full() || to.due(ticker.millis(), COMMIT_EVERY_MS))) {
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
  private void finish(long end) {
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
