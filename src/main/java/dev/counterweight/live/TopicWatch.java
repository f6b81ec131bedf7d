package dev.counterweight.live;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.OpenTransactions;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.live.TopicScan.Letters;
import dev.counterweight.live.TopicScan.Unseen;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/**
 * Looks at a job's topics: where the events end, how far the sampler's group has come, the newest
 * record of weights, metrics, checkpoints and scores, and how many dead letters there are. It
 * belongs to no group, reads near the topics' ends only, and takes what it may not read as not to
 * be seen. For one thread, but for {@link #wakeup}.
 */
final class TopicWatch implements AutoCloseable {
  private static final Duration CALL = Duration.ofSeconds(5);
  private static final long READING_NS = Duration.ofSeconds(2).toNanos();
  private static final int FETCH_BYTES = 1 << 20;

  /** Looks between two searches for a topic that was not there, or for new partitions. */
  private static final int SEARCH_EVERY = 5;

  /** The same for a topic that may not be read: clients and brokers log every refusal. */
  private static final int ASK_AGAIN_EVERY = 600;

  /** Offsets before the end where reading begins; markers of transactions take their share. */
  static final long TAIL = 16;

  /** Dead letters are counted one by one, so more of them are read. */
  static final long LETTERS_TAIL = 1000;

  /** Labelled events of a look: a sample of a stream that may be fast. */
  static final long LABELLED_TAIL = 64;

  /** Reports kept of a look: more than come between two. */
  private static final int MAX_REPORTS = 64;

  private final Consumer<byte[], byte[]> consumer;
  private final LogEnds offsets;
  private final Admin admin;
  private final AdminCalls calls;
  private final String sampler;
  private final OpenTransactions open;
  private final String events;
  private final String deadLetters;
  private final String metrics;
  private final String labelled;
  private final String checkpoints;
  private final List<Tail> tails;
  private final Map<String, Integer> partitions = new HashMap<>();
  private final Map<String, Unseen> unseen = new HashMap<>();
  private final Map<String, Long> refusedAtLook = new HashMap<>();
  private final Map<String, ConsumerRecord<byte[], byte[]>> newest = new HashMap<>();
  private final List<ConsumerRecord<byte[], byte[]>> reports = new ArrayList<>();
  private final List<ConsumerRecord<byte[], byte[]>> joined = new ArrayList<>();
  private long looks;
  private final LetterReasons reasons;
  private long lettersRead;
  private long lettersPassed;

  /**
   * @param fields names that examples of dead letters may tell
   */
  TopicWatch(KafkaClients clients, JobTopics topics, Set<String> fields, Clock clock) {
    this.reasons = new LetterReasons(fields);
    this.events = topics.events();
    this.deadLetters = topics.deadLetters();
    this.metrics = topics.metrics();
    this.labelled = topics.labelled();
    this.checkpoints = topics.checkpoints();
    this.consumer = consumer(clients, topics.groupOf("live"));
    this.offsets = new LogEnds(consumer, CALL);
    this.tails =
        Stream.concat(
                Stream.of(
                    topics.classWeights(), metrics, checkpoints, deadLetters, topics.scores()),
                topics.joins() ? Stream.of(labelled) : Stream.empty())
            .map(topic -> new Tail(consumer(clients, topic + ".live"), topic))
            .toList();
    this.admin = clients.admin(topics.groupOf("live") + ".admin");
    this.calls = clients.calls(admin, CALL);
    this.sampler = topics.groupOf("sampler");
    this.open = new OpenTransactions(admin, events, clock);
  }

  private static Consumer<byte[], byte[]> consumer(KafkaClients clients, String clientId) {
    return clients.consumer(
        clientId,
        Map.of(
            ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES,
            ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES,
            ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) CALL.toMillis()));
  }

  /**
   * One look.
   *
   * @throws KafkaException or
   * @throws FailureException if the cluster does not answer
   */
  TopicScan look() {
    if (looks++ % SEARCH_EVERY == 0) {
      tails.stream()
          .map(tail -> tail.topic)
          .filter(topic -> !partitions.containsKey(topic))
          .forEach(topic -> unlessForbidden(topic, () -> search(topic)));
      unlessForbidden(events, () -> search(events));
    }
    reports.clear();
    joined.clear();
    SortedMap<Integer, Long> ends = new TreeMap<>();
    SortedMap<Integer, Long> starts = new TreeMap<>();
    List<TopicPartition> all = LogEnds.partitions(events, partitions.getOrDefault(events, 0));
    unlessForbidden(
        events,
        () -> {
          ends.putAll(offsets.ends(all));
          starts.putAll(offsets.firsts(all));
        });
    long deadlineNs = System.nanoTime() + READING_NS;
    tails.stream()
        .filter(tail -> partitions.containsKey(tail.topic))
        .forEach(tail -> unlessForbidden(tail.topic, () -> tail.read(deadlineNs)));
    return new TopicScan(
        Map.copyOf(newest),
        List.copyOf(reports),
        List.copyOf(joined),
        ends,
        starts,
        open.look(ends.size()),
        sampled(),
        Map.copyOf(unseen),
        new Letters(lettersRead + lettersPassed, lettersPassed > 0, reasons.all()));
  }

  /** Ends a look that waits for the cluster, and fails those to come; from any thread. */
  void wakeup() {
    consumer.wakeup();
    tails.forEach(tail -> tail.log.wakeup());
    admin.close(Duration.ZERO); // also fails a question that waits
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
    tails.forEach(tail -> tail.log.close());
    consumer.close();
  }

  private SortedMap<Integer, Long> sampled() {
    SortedMap<Integer, Long> offsets = new TreeMap<>();
    try {
      calls
          .committed(sampler)
          .forEach(
              (partition, committed) -> {
                if (committed != null && partition.topic().equals(events)) {
                  offsets.put(partition.partition(), committed.offset());
                }
              });
    } catch (FailureException e) {
      if (!(e.getCause() instanceof GroupAuthorizationException)
          && !(e.getCause() instanceof GroupIdNotFoundException)) {
        throw e;
      }
    }
    return offsets;
  }

  private void search(String topic) {
    int count = consumer.partitionsFor(topic, CALL).size();
    if (count > 0) {
      partitions.put(topic, count);
      unseen.remove(topic);
    } else {
      partitions.remove(topic);
      unseen.put(topic, Unseen.ABSENT);
    }
  }

  /** Has a topic that refuses itself left alone for a while. */
  private void unlessForbidden(String topic, Runnable look) {
    Long refused = refusedAtLook.get(topic);
    if (refused != null && looks - refused < ASK_AGAIN_EVERY) {
      return;
    }
    try {
      look.run();
    } catch (TopicAuthorizationException e) {
      partitions.remove(topic);
      unseen.put(topic, Unseen.FORBIDDEN);
      refusedAtLook.put(topic, looks);
    }
  }

  /** The first partition of a topic, and as a rule the only one, that is read near its end. */
  private final class Tail {
    private final String topic;
    private final boolean letters;
    private final boolean announces;
    private final TopicTail<ConsumerRecord<byte[], byte[]>> log;
    private boolean placed;

    Tail(Consumer<byte[], byte[]> consumer, String topic) {
      this.topic = topic;
      this.letters = topic.equals(deadLetters);
      this.announces = topic.equals(checkpoints);
      this.log = new TopicTail<>(consumer, topic, Function.identity(), CALL);
    }

    void read(long deadlineNs) {
      try {
        long end = log.end();
        boolean first = !placed;
        place(end);
        while (log.position() < end && System.nanoTime() < deadlineNs) {
          log.nextBelow(end).ifPresent(this::take);
        }
        // A tail may hold nothing but transaction markers: the newest record stands before it.
        if (first && !letters && !newest.containsKey(topic)) {
          log.newestBelow(end).filter(this::counts).ifPresent(found -> newest.put(topic, found));
        }
      } catch (InvalidOffsetException e) {
        placed = false; // made anew, or emptied: the next look finds a place in it
      }
    }

    /** Goes near the end where it is not yet, or fell too far back. */
    private void place(long end) {
      long most = letters ? LETTERS_TAIL : topic.equals(labelled) ? LABELLED_TAIL : TAIL;
      if (!placed || log.position() > end || log.position() < end - most) {
        long first = log.first();
        long to = Math.max(first, end - most);
        lettersPassed += letters ? Math.max(0, to - (placed ? log.position() : first)) : 0;
        log.seek(to);
        placed = true;
      }
    }

    /** On the topic of the checkpoints stand orders to scorers, too. */
    private boolean counts(ConsumerRecord<byte[], byte[]> found) {
      return found.value() != null && (!announces || Announcement.isKey(found.key()));
    }

    private void take(ConsumerRecord<byte[], byte[]> found) {
      if (letters) {
        lettersRead++;
        reasons.take(found);
      }
      if (counts(found)) {
        newest.put(topic, found);
        if (topic.equals(metrics) && reports.size() < MAX_REPORTS) {
          reports.add(found);
        }
        if (topic.equals(labelled) && joined.size() < LABELLED_TAIL) {
          joined.add(found);
        }
      }
    }
  }
}
