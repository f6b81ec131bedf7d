package dev.counterweight.speed;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.weights.SnapshotJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * When a reader could know that an event of a topic of one partition is counted, in a batch,
 * trained on, and behind a score: read off the job's own topics, and what its trainer tells.
 */
final class Stages {
  final Stage counted = new Stage();
  final Stage batched = new Stage();
  final Stage trained = new Stage();
  final Stage scored = new Stage();

  private static final Duration POLL = Duration.ofMillis(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String bootstrap;
  private final JobTopics names;
  private final TreeMap<Long, Long> eventEnds = new TreeMap<>(); // by offset of the batch record
  private final TreeMap<Long, Long> positions = new TreeMap<>(); // of checkpoints, by step
  private volatile boolean ended;

  Stages(String bootstrap, JobTopics names) {
    this.bootstrap = bootstrap;
    this.names = names;
  }

  void end() {
    ended = true;
  }

  /** Reads what the job's process prints, until it ends. */
  void readTrained(BufferedReader printed) {
    try {
      String line;
      while ((line = printed.readLine()) != null) {
        String[] words = line.split(" ");
        if (words.length == 2 && words[0].matches("[0-9]+")) {
          awaitRecord(Long.parseLong(words[0]), Long.parseLong(words[1]));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The trainer may have been told of a batch record before this program was. */
  private synchronized void awaitRecord(long position, long nowNs) {
    try {
      while (!ended && (eventEnds.isEmpty() || eventEnds.lastKey() < position - 2)) {
        wait(POLL.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Map.Entry<Long, Long> last = eventEnds.lowerEntry(position);
    if (last != null) {
      trained.reached(last.getValue(), nowNs);
    }
  }

  /** Reads the job's topics until {@link #end}. */
  void readTopics() {
    List<TopicPartition> all =
        List.of(
            new TopicPartition(names.classWeights(), 0),
            new TopicPartition(names.batches(), 0),
            new TopicPartition(names.checkpoints(), 0),
            new TopicPartition(names.scores(), 0));
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrap,
                "isolation.level",
                "read_committed",
                "fetch.max.wait.ms",
                10),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(all);
      consumer.seekToBeginning(all);
      while (!ended) {
        ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
        long nowNs = System.nanoTime();
        polled.forEach(record -> take(record, nowNs));
      }
    }
  }

  private synchronized void take(ConsumerRecord<byte[], byte[]> record, long nowNs) {
    if (record.topic().equals(names.classWeights())) {
      counted.reached(
          SnapshotJson.read(record.value()).offsets().covered().getOrDefault(0, 0L), nowNs);
    } else if (record.topic().equals(names.batches())) {
      var span = MiniBatchFormat.read(record.value()).origin().spans().get(0);
      if (span != null) {
        eventEnds.put(record.offset(), span.to());
        batched.reached(span.to(), nowNs);
      }
    } else if (record.topic().equals(names.scores())) {
      scored(record.value(), nowNs);
    } else if (Announcement.isKey(record.key())) {
      Announcement announced = Announcement.parse(record.value());
      positions.put(announced.step(), announced.batchOffset());
    }
  }

  private void scored(byte[] score, long nowNs) {
    try {
      var checkpoint = positions.floorEntry(JSON.readTree(score).path("step").asLong());
      var last = checkpoint == null ? null : eventEnds.lowerEntry(checkpoint.getValue());
      if (last != null) {
        scored.reached(last.getValue(), nowNs);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
