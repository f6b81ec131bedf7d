package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.runtime.KafkaClients;
import dev.counterweight.weights.ClassWeights;
import dev.counterweight.weights.ClassWeightsJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two counters as processes of their own, killed at random moments while events flow. */
@Timeout(240)
class CounterKillIT {
  private static final int PARTITIONS = 6;
  private static final int KILLS_IN_FLOW = 4;
  private static final List<String> CLASSES = List.of("ok", "odd", "fraud");
  private static final Pattern URL = Pattern.compile("metrics and health on (http://[0-9.:]+)");

  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("job");
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
  private int started;

  @Test
  void killedCountersCountEveryCommittedEventOnceInEverySnapshot() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String topic = SharedBroker.createTopic(job + "-events", PARTITIONS);
    List<ChildJvm> counters = new ArrayList<>(List.of(counter(topic), counter(topic)));
    CountDownLatch stop = new CountDownLatch(1);
    CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(topic, stop));
    try {
      await().atMost(Duration.ofSeconds(60)).until(() -> counted() > 0);
      for (int kill = 0; kill < KILLS_IN_FLOW; kill++) {
        assertGoesOnFor(sending, 500 + random.nextInt(4_000));
        killAndReplace(counters, random.nextInt(2), topic);
      }
      stop.countDown();
      sending.get(30, TimeUnit.SECONDS);
      killAndReplace(counters, random.nextInt(2), topic); // right after the last event

      Committed truth = committed(topic);
      await()
          .atMost(Duration.ofSeconds(120))
          .untilAsserted(() -> assertThat(counted()).as("seed %d", seed).isEqualTo(truth.total()));
      for (ChildJvm counter : counters) {
        awaitCountsPage(counter, truth);
      }
      assertEverySnapshotIsExact(snapshots(), truth);
    } finally {
      stop.countDown();
      counters.forEach(ChildJvm::close);
    }
  }

  private static void assertEverySnapshotIsExact(List<ClassWeights> all, Committed truth) {
    assertThat(all).hasSizeGreaterThan(10);
    long version = 0;
    TreeMap<Integer, Long> covered = new TreeMap<>();
    for (ClassWeights snapshot : all) {
      assertThat(snapshot.version()).isGreaterThan(version);
      version = snapshot.version();
      assertThat(snapshot.events())
          .as("counts are those of the offsets covered, version %d", version)
          .isEqualTo(truth.before(snapshot.covered()));
      covered.forEach(
          (partition, next) ->
              assertThat(snapshot.covered().get(partition)).isGreaterThanOrEqualTo(next));
      covered.putAll(snapshot.covered());
    }
    ClassWeights last = all.get(all.size() - 1);
    assertThat(last.covered()).hasSize(PARTITIONS);
    assertThat(last.events()).isEqualTo(truth.counts());
  }

  /** Any instance shows the whole job's counts. */
  private static void awaitCountsPage(ChildJvm counter, Committed truth) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              Matcher url = URL.matcher(counter.output());
              assertThat(url.find()).isTrue();
              HttpResponse<String> page =
                  HttpClient.newHttpClient()
                      .send(
                          HttpRequest.newBuilder(URI.create(url.group(1) + "/counts")).build(),
                          HttpResponse.BodyHandlers.ofString());
              JsonNode counts = new ObjectMapper().readTree(page.body());
              for (int c = 0; c < CLASSES.size(); c++) {
                assertThat(counts.at("/classes/" + CLASSES.get(c) + "/events").asLong())
                    .isEqualTo(truth.counts()[c]);
              }
            });
  }

  private void killAndReplace(List<ChildJvm> counters, int victim, String topic) throws Exception {
    ChildJvm counter = counters.get(victim);
    assertThat(counter.running()).as(counter.output()).isTrue();
    counter.kill();
    counters.set(victim, counter(topic));
  }

  private static void assertGoesOnFor(CompletableFuture<Void> sending, long ms) {
    assertThatThrownBy(() -> sending.get(ms, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
  }

  /** Transactions over all partitions, every third aborted, until told to stop. */
  private void send(String topic, CountDownLatch stop) {
    Random random = new Random(1);
    try (Producer<byte[], byte[]> producer =
        clients.transactionalProducer(job + ".events", Map.of())) {
      producer.initTransactions();
      for (int t = 0; !stop.await(10, TimeUnit.MILLISECONDS); t++) {
        producer.beginTransaction();
        for (int i = 0; i < 200; i++) {
          double chance = random.nextDouble();
          String label = CLASSES.get(chance < 0.01 ? 2 : chance < 0.1 ? 1 : 0);
          producer.send(
              new ProducerRecord<>(
                  topic, i % PARTITIONS, null, ("1," + label).getBytes(StandardCharsets.UTF_8)));
        }
        if (t % 3 == 2) {
          producer.flush();
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ChildJvm counter(String topic) throws IOException {
    Path config =
        Files.write(
            folder.resolve("job.properties"),
            List.of(
                "job=" + job,
                "bootstrap.servers=" + SharedBroker.bootstrapServers(),
                "events.topic=" + topic,
                "events.format=csv",
                "events.label=label",
                "events.classes=" + String.join(",", CLASSES),
                "events.features=a",
                "weights.update.interval=200ms",
                "checkpoint.dir=unused",
                "metrics.port=0"));
    Path log = folder.resolve("counter-" + started++ + ".log");
    return ChildJvm.start(log, List.of("run", "--config", config.toString(), "--role", "counter"));
  }

  private long counted() {
    List<ClassWeights> all = snapshots();
    return all.isEmpty() ? 0 : all.get(all.size() - 1).totalEvents();
  }

  private List<ClassWeights> snapshots() {
    List<ClassWeights> all = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : read(job + ".class-weights")) {
      all.add(ClassWeightsJson.read(record.value()));
    }
    return all;
  }

  private Committed committed(String topic) {
    List<TreeMap<Long, long[]>> partitions =
        IntStream.range(0, PARTITIONS).mapToObj(p -> new TreeMap<Long, long[]>()).toList();
    for (ConsumerRecord<byte[], byte[]> record : read(topic)) {
      TreeMap<Long, long[]> before = partitions.get(record.partition());
      long[] counts =
          before.isEmpty() ? new long[CLASSES.size()] : before.lastEntry().getValue().clone();
      String value = new String(record.value(), StandardCharsets.UTF_8);
      counts[CLASSES.indexOf(value.substring(2))]++;
      before.put(record.offset(), counts);
    }
    return new Committed(partitions);
  }

  /** Everything committed to a topic; nothing if there is no such topic. */
  private List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    try (Consumer<byte[], byte[]> consumer = clients.consumer("look", Map.of())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
        consumer.poll(Duration.ofMillis(100)).forEach(all::add);
      }
    }
    return all;
  }

  /**
   * The truth.
   *
   * @param partitions of each partition {offset: events of each class up to and with it}
   */
  private record Committed(List<TreeMap<Long, long[]>> partitions) {
    long[] counts() {
      TreeMap<Integer, Long> everything = new TreeMap<>();
      for (int p = 0; p < partitions.size(); p++) {
        everything.put(p, Long.MAX_VALUE);
      }
      return before(everything);
    }

    long[] before(Map<Integer, Long> covered) {
      long[] sum = new long[CLASSES.size()];
      covered.forEach(
          (partition, next) -> {
            Map.Entry<Long, long[]> last = partitions.get(partition).lowerEntry(next);
            for (int c = 0; last != null && c < sum.length; c++) {
              sum[c] += last.getValue()[c];
            }
          });
      return sum;
    }

    long total() {
      long total = 0;
      for (long count : counts()) {
        total += count;
      }
      return total;
    }
  }
}
