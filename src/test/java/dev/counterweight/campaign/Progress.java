package dev.counterweight.campaign;

import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.SnapshotJson;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * How far each role is in what it reads, by what stands on the job's topics, read committed, and
 * what groups have committed. Owned by the thread of {@link Run}.
 */
final class Progress implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int MOST_POLLS = 20;

  private final Job job;
  private final JobTopics topics;
  private final Consumer<byte[], byte[]> consumer;
  private final Admin admin;
  private final AdminCalls calls;

  /** By a role and what it reads: the offset up to which it has. */
  private final SortedMap<String, Long> reached = new TreeMap<>();

  /** By topic and partition: the offset after the last record. */
  private final SortedMap<String, Long> ends = new TreeMap<>();

  private long joined;

  Progress(Job job, JobConfig config, KafkaClients clients) {
    this.job = job;
    this.topics = config.topics();
    this.consumer = clients.consumer("progress", Map.of());
    this.admin = clients.admin("progress");
    this.calls = clients.calls(admin, Duration.ofSeconds(5));
  }

  /** Looks; what cannot be asked just now stays as it was. */
  void look() {
    try {
      assignAll();
      for (int polls = 0; polls < MOST_POLLS && take(consumer.poll(POLL)); polls++) {
        // there was something, so there may be more
      }
      groups("scorer");
      if (topics.joins()) {
        groups("joiner");
      }
    } catch (KafkaException | FailureException e) {
      // brokers are away
    }
  }

  /** What is committed has to be worked off, whether or not it was seen yet. */
  void expect(History history) {
    history.events().forEach(event -> expect(job.events(), event.place()));
    history.labels().forEach(label -> expect(job.labels(), label.place()));
  }

  private void expect(String topic, Place place) {
    ends.merge(topic + " " + place.partition(), place.offset() + 1, Math::max);
  }

  /** What each role has before it, by the same names as in {@link #reached}. */
  SortedMap<String, Long> targets() {
    SortedMap<String, Long> targets = new TreeMap<>();
    ends.forEach(
        (place, end) -> {
          String partition = place.substring(place.lastIndexOf(' '));
          String topic = place.substring(0, place.lastIndexOf(' '));
          if (topic.equals(job.events())) {
            targets.put("scorer of " + place, end);
          }
          if (topics.joins() && (topic.equals(job.events()) || topic.equals(job.labels()))) {
            targets.put("joiner of " + place, end);
          }
          if (topic.equals(topics.events())) {
            targets.put("counter of" + partition, end);
            targets.put("sampler of" + partition, end);
          }
          if (topic.equals(topics.batches())) {
            targets.put("trainer", end);
          }
        });
    return targets;
  }

  /** What is not done of what was to be done; empty once all is. */
  SortedMap<String, Long> left(SortedMap<String, Long> targets) {
    SortedMap<String, Long> left = new TreeMap<>();
    targets.forEach(
        (what, end) -> {
          long missing = end - reached.getOrDefault(what, 0L);
          if (missing > 0) {
            left.put(what, missing);
          }
        });
    return left;
  }

  /** Records that the joiner has written. */
  long joined() {
    return joined;
  }

  private void assignAll() {
    Set<TopicPartition> all = new HashSet<>(consumer.assignment());
    Set<String> followed =
        Set.of(
            job.events(),
            job.labels(),
            topics.labelled(),
            topics.classWeights(),
            topics.batches(),
            topics.metrics());
    consumer
        .listTopics(Duration.ofSeconds(5))
        .forEach(
            (topic, partitions) -> {
              if (followed.contains(topic)) {
                partitions.forEach(p -> all.add(new TopicPartition(topic, p.partition())));
              }
            });
    Set<TopicPartition> added = new HashSet<>(all);
    added.removeAll(consumer.assignment());
    if (!added.isEmpty()) {
      consumer.assign(all);
      consumer.seekToBeginning(added);
    }
  }

  private boolean take(ConsumerRecords<byte[], byte[]> records) {
    records.forEach(this::take);
    return !records.isEmpty();
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    String topic = record.topic();
    expect(topic, new Place(record.partition(), record.offset()));
    if (topics.joins() && topic.equals(topics.labelled())) {
      joined++;
    } else if (topic.equals(topics.classWeights())) {
      SnapshotJson.read(record.value())
          .offsets()
          .covered()
          .forEach((partition, next) -> reached.put("counter of " + partition, next));
    } else if (topic.equals(topics.batches())) {
      MiniBatchFormat.read(record.value())
          .origin()
          .spans()
          .forEach((partition, span) -> reached.put("sampler of " + partition, span.to()));
    } else if (topic.equals(topics.metrics())) {
      reached.put("trainer", TrainerReport.read(record.value()).position().batchOffset());
    }
  }

  private void groups(String role) {
    calls
        .committed(topics.groupOf(role))
        .forEach(
            (partition, offset) -> {
              if (offset != null
                  && List.of(job.events(), job.labels()).contains(partition.topic())) {
                reached.put(
                    "%s of %s %d".formatted(role, partition.topic(), partition.partition()),
                    offset.offset());
              }
            });
  }

  @Override
  public void close() {
    consumer.close();
    admin.close(Duration.ZERO);
  }
}
