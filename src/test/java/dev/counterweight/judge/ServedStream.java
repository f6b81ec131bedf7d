package dev.counterweight.judge;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.protocol.ServedScore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Scores of a job's events and the labels that come for them, as scorer and joiner write them, in
 * transactions: with events that have no score, or no label, or have theirs before their score,
 * with scores that come again, and with corrections. Not thread-safe.
 */
public final class ServedStream implements AutoCloseable {
  public static final List<String> CLASSES = List.of("ok", "odd", "fraud");
  private static final Map<String, String> APPENDED =
      Map.of("message.timestamp.type", "LogAppendTime");
  private static final int BLOCK = 400;
  private static final Duration APART = Duration.ofMillis(3);

  private final JobTopics names;
  private final int partitions;
  private final int labelPartitions;
  private final SplittableRandom random;
  private final Producer<byte[], byte[]> producer;
  private final long[] next;
  private final List<Event> unlabelled = new ArrayList<>();
  private final List<Event> labelled = new ArrayList<>();

  private record Event(int partition, long offset, int label) {}

  /**
   * @param labelPartitions of the labelled events: spread by something else than their event's
   *     partition where it is another number
   */
  public ServedStream(
      KafkaClients clients, String job, int partitions, int labelPartitions, long seed) {
    this.names = new JobTopics(job, "unused");
    this.partitions = partitions;
    this.labelPartitions = labelPartitions;
    this.random = new SplittableRandom(seed);
    this.next = new long[partitions];
    try (Admin admin = clients.admin("topics")) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(names.scores(), partitions, (short) 1).configs(APPENDED),
                  new NewTopic(names.labelled(), labelPartitions, (short) 1).configs(APPENDED)))
          .all()
          .get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    this.producer = clients.transactionalProducer(job + ".served", Map.of());
    producer.initTransactions();
  }

  /** Writes scores of about so many events more, and labels of these and of earlier ones. */
  public void write(int events) {
    for (int written = 0; written < events; written += BLOCK) {
      List<Event> block = new ArrayList<>();
      for (int i = 0; i < BLOCK; i++) {
        int partition = random.nextInt(partitions);
        next[partition] += 1 + (random.nextInt(10) == 0 ? random.nextInt(3) : 0);
        int draw = random.nextInt(20);
        block.add(new Event(partition, next[partition], draw == 0 ? 2 : draw < 4 ? 1 : 0));
      }
      transaction(() -> block.stream().filter(e -> random.nextInt(12) == 0).forEach(this::label));
      LockSupport.parkNanos(APART.toNanos());
      transaction(() -> block.forEach(this::score));
      LockSupport.parkNanos(APART.toNanos());
      block.stream().filter(e -> !labelled.contains(e)).forEach(unlabelled::add);
      labelled.clear();
      transaction(this::labels);
    }
  }

  /** Writes a score and, later than it, a label for the last event of each partition. */
  public void end() {
    List<Event> last = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      last.add(new Event(p, ++next[p], 0));
    }
    transaction(() -> last.forEach(this::score));
    LockSupport.parkNanos(APART.toNanos());
    transaction(() -> last.forEach(this::label));
    labelled.clear();
  }

  private void transaction(Runnable writes) {
    producer.beginTransaction();
    writes.run();
    producer.commitTransaction();
  }

  private void labels() {
    List<Event> stay = new ArrayList<>();
    for (Event event : unlabelled) {
      int draw = random.nextInt(10);
      if (draw < 7) {
        label(event);
        if (draw == 0) {
          int other = (event.label + 1) % CLASSES.size();
          send(new Event(event.partition, event.offset, other), CLASSES.get(event.label));
        }
      } else if (draw < 9) {
        stay.add(event);
      }
    }
    unlabelled.clear();
    unlabelled.addAll(stay);
    labelled.clear();
  }

  private void score(Event event) {
    if (random.nextInt(15) > 0) {
      send(event);
      if (random.nextInt(50) == 0) {
        send(event); // made again
      }
    }
  }

  private void send(Event event) {
    double sure = random.nextDouble();
    double rest = random.nextDouble() * (1 - sure);
    int likely = random.nextInt(4) == 0 ? random.nextInt(CLASSES.size()) : event.label;
    Map<String, Double> probabilities = new LinkedHashMap<>();
    for (int c = 0; c < CLASSES.size(); c++) {
      double of = c == likely ? sure : c == (likely + 1) % CLASSES.size() ? rest : 1 - sure - rest;
      probabilities.put(CLASSES.get(c), of);
    }
    ServedScore score =
        new ServedScore(
            probabilities,
            CLASSES.get(likely),
            null,
            1,
            "sha",
            "hash",
            new ServedScore.Place(event.partition, event.offset),
            List.of());
    producer.send(new ProducerRecord<>(names.scores(), event.partition, null, score.toJson()));
  }

  private void label(Event event) {
    send(event, null);
    labelled.add(event);
  }

  private void send(Event event, @Nullable String replaces) {
    RecordHeaders headers = new RecordHeaders();
    put(headers, LabelledHeaders.LABEL, CLASSES.get(event.label));
    put(headers, LabelledHeaders.EVENT_TIME, "1");
    put(headers, LabelledHeaders.WAITED_MS, "2");
    put(headers, LabelledHeaders.ORIGIN_PARTITION, Integer.toString(event.partition));
    put(headers, LabelledHeaders.ORIGIN_OFFSET, Long.toString(event.offset));
    if (replaces != null) {
      put(headers, LabelledHeaders.REPLACES, replaces);
    }
    int partition =
        labelPartitions == partitions
            ? event.partition
            : (int) ((event.offset * 31 + event.partition) % labelPartitions);
    producer.send(
        new ProducerRecord<>(
            names.labelled(), partition, null, "key".getBytes(UTF_8), new byte[40], headers));
  }

  private static void put(RecordHeaders headers, String name, String value) {
    headers.add(name, value.getBytes(UTF_8));
  }

  @Override
  public void close() {
    producer.close();
  }
}
