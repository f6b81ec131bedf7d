package dev.counterweight.live;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.OpenTransactions;
import dev.counterweight.live.TopicScan.Letters;
import dev.counterweight.live.TopicScan.Unseen;
import dev.counterweight.protocol.JobTopics;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/**
 * Looks at a job's topics: where the events end, how far the sampler's group has come, the newest
 * record of weights, metrics and checkpoints, and how many dead letters there are. It belongs to no
 * group, reads near the topics' ends only, and takes what it may not read as not to be seen. For
 * one thread, but for {@link #wakeup}.
 */
final class TopicWatch implements AutoCloseable {
  private static final Duration CALL = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(100);
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

  /** Reports kept of a look: more than come between two. */
  private static final int MAX_REPORTS = 64;

  private final Consumer<byte[], byte[]> consumer;
  private final GroupOffsets sampler;
  private final OpenTransactions open;
  private final String events;
  private final String deadLetters;
  private final String metrics;
  private final List<String> tailed;
  private final Map<String, Integer> partitions = new HashMap<>();
  private final Map<String, Unseen> unseen = new HashMap<>();
  private final Map<String, Long> refusedAtLook = new HashMap<>();
  private final Map<String, ConsumerRecord<byte[], byte[]>> newest = new HashMap<>();
  private final List<ConsumerRecord<byte[], byte[]>> reports = new ArrayList<>();
  private final Set<TopicPartition> placed = new HashSet<>();
  private long looks;
  private long lettersRead;
  private long lettersPassed;

  TopicWatch(KafkaClients clients, JobTopics topics, Clock clock) {
    this.events = topics.events();
    this.deadLetters = topics.deadLetters();
    this.metrics = topics.metrics();
    this.tailed =
        List.of(topics.classWeights(), topics.metrics(), topics.checkpoints(), deadLetters);
    this.consumer =
        clients.consumer(
            topics.groupOf("live"),
            Map.of(
                ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES,
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES,
                ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) CALL.toMillis()));
    Admin admin = clients.admin(topics.groupOf("live") + ".admin");
    this.sampler = new GroupOffsets(admin, topics.groupOf("sampler"), CALL);
    this.open = new OpenTransactions(admin, events, clock);
  }

  /**
   * One look.
   *
   * @throws org.apache.kafka.common.KafkaException if the cluster does not answer
   */
  TopicScan look() {
    if (looks++ % SEARCH_EVERY == 0) {
      search();
    }
    reports.clear();
    SortedMap<Integer, Long> ends = new TreeMap<>();
    SortedMap<Integer, Long> starts = new TreeMap<>();
    try {
      byPartition(consumer.endOffsets(eventPartitions(), CALL), ends);
      byPartition(consumer.beginningOffsets(eventPartitions(), CALL), starts);
      Map<TopicPartition, Long> tailEnds = consumer.endOffsets(tails(), CALL);
      place(tailEnds);
      read(tailEnds);
    } catch (TopicAuthorizationException e) {
      forbid(e);
      assign();
    }
    return new TopicScan(
        Map.copyOf(newest),
        List.copyOf(reports),
        ends,
        starts,
        open.look(ends.size()),
        sampler.of(events),
        Map.copyOf(unseen),
        new Letters(lettersRead + lettersPassed, lettersPassed > 0));
  }

  /** Ends a look that waits for the cluster, and fails those to come; from any thread. */
  void wakeup() {
    consumer.wakeup();
    sampler.close();
  }

  @Override
  public void close() {
    sampler.close();
    consumer.close();
  }

  private void search() {
    for (String topic : tailed) {
      if (!partitions.containsKey(topic)) {
        search(topic);
      }
    }
    search(events);
    assign();
  }

  private void assign() {
    List<TopicPartition> tails = tails();
    placed.retainAll(tails);
    consumer.assign(tails);
  }

  private List<TopicPartition> tails() {
    return tailed.stream()
        .filter(partitions::containsKey)
        .map(topic -> new TopicPartition(topic, 0))
        .toList();
  }

  private void search(String topic) {
    Long refused = refusedAtLook.get(topic);
    if (refused != null && looks - refused < ASK_AGAIN_EVERY) {
      return;
    }
    try {
      int count = consumer.partitionsFor(topic, CALL).size();
      if (count > 0) {
        partitions.put(topic, count);
        unseen.remove(topic);
      } else {
        partitions.remove(topic);
        unseen.put(topic, Unseen.ABSENT);
      }
    } catch (TopicAuthorizationException e) {
      forbid(e);
    }
  }

  /** Puts partitions that are new, or fell too far back, near their ends. */
  private void place(Map<TopicPartition, Long> ends) {
    ends.forEach(
        (tail, end) -> {
          boolean letters = tail.topic().equals(deadLetters);
          long most = letters ? LETTERS_TAIL : TAIL;
          boolean first = placed.add(tail);
          // What looks further back for want of a record is left to find one.
          boolean skips = letters || newest.containsKey(tail.topic());
          if (first || (skips && consumer.position(tail, CALL) < end - most)) {
            long start = start(tail);
            long from = first ? start : consumer.position(tail, CALL);
            long to = Math.max(start, end - most);
            lettersPassed += letters ? Math.max(0, to - from) : 0;
            consumer.seek(tail, to);
          }
        });
  }

  private void read(Map<TopicPartition, Long> ends) {
    long deadlineNs = System.nanoTime() + READING_NS;
    try {
      while (!reached(ends) && System.nanoTime() < deadlineNs) {
        for (ConsumerRecord<byte[], byte[]> found : consumer.poll(POLL)) {
          take(found);
        }
      }
      lookFurtherBack(ends.keySet());
    } catch (InvalidOffsetException e) {
      // Made anew, or emptied: the next look finds a place in it.
      placed.removeAll(e.partitions());
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> found) {
    if (found.topic().equals(deadLetters)) {
      lettersRead++;
    }
    if (found.topic().equals(metrics) && found.value() != null && reports.size() < MAX_REPORTS) {
      reports.add(found);
    }
    if (found.value() != null) {
      newest.put(found.topic(), found);
    }
  }

  private boolean reached(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(e -> consumer.position(e.getKey(), CALL) >= e.getValue());
  }

  /** A tail may hold nothing but transaction markers: then the newest record stands before it. */
  private void lookFurtherBack(Collection<TopicPartition> tails) {
    for (TopicPartition tail : tails) {
      if (!newest.containsKey(tail.topic()) && !tail.topic().equals(deadLetters)) {
        long back = consumer.position(tail, CALL) - TAIL * looks * looks;
        consumer.seek(tail, Math.max(start(tail), back));
      }
    }
  }

  private long start(TopicPartition partition) {
    return consumer.beginningOffsets(List.of(partition), CALL).getOrDefault(partition, 0L);
  }

  private void forbid(TopicAuthorizationException e) {
    for (String topic : e.unauthorizedTopics()) {
      partitions.remove(topic);
      unseen.put(topic, Unseen.FORBIDDEN);
      refusedAtLook.put(topic, looks);
    }
  }

  private List<TopicPartition> eventPartitions() {
    return IntStream.range(0, partitions.getOrDefault(events, 0))
        .mapToObj(p -> new TopicPartition(events, p))
        .toList();
  }

  private static void byPartition(
      Map<TopicPartition, Long> offsets, SortedMap<Integer, Long> target) {
    offsets.forEach((partition, offset) -> target.put(partition.partition(), offset));
  }
}
