package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.runtime.KafkaClients;
import dev.counterweight.weights.ClassWeights;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 of a counter in a process of its own, in the middle of counting. */
@Timeout(240)
class KilledCounterIT {
  private static final int PARTITIONS = 3;
  private static final int FRAUD_EVERY = 7;
  private static final int UNREADABLE_EVERY = 50;

  @TempDir Path folder;
  private final String topic =
      SharedBroker.createTopic(SharedBroker.uniqueName("events"), PARTITIONS);
  private final String job = SharedBroker.uniqueName("job");
  private final Map<String, String> values =
      Map.of(
          "job", job,
          "bootstrap.servers", SharedBroker.bootstrapServers(),
          "events.topic", topic,
          "events.label", "label",
          "events.classes", "ok,fraud",
          "events.features", "a",
          "weights.update.events", "500",
          "checkpoint.dir", "unused");
  private final JobConfig config = JobConfigLoader.load(values);
  private final KafkaClients clients = new KafkaClients(config.kafka());
  private final long[] sent = new long[PARTITIONS];

  @Test
  void countsStayExactAndVersionsGrowWhateverMomentItIsKilledAt() throws Exception {
    try (Producer<byte[], byte[]> producer = clients.producer("send", Map.of())) {
      for (int round = 1; round <= 3; round++) {
        killAfterMoreSnapshots(producer, 4 * round);
      }
    }

    try (CounterRole role =
        new CounterRole(
            config, clients, new SimpleMeterRegistry(), Clock.systemUTC(), /* stopAtEnd= */ true)) {
      role.run();
    }

    List<ClassWeights> all = Snapshots.of(clients, job);
    assertThat(all).hasSizeGreaterThan(24);
    Snapshots.assertVersionsAndCoverGrow(all);
    all.forEach(KilledCounterIT::assertCountsAreThoseOfTheEventsCovered);
    ClassWeights newest = all.get(all.size() - 1);
    assertThat(newest.covered())
        .containsExactlyInAnyOrderEntriesOf(Map.of(0, sent[0], 1, sent[1], 2, sent[2]));
  }

  /** Sends while the counter counts, so that the kill finds it in the middle. */
  private void killAfterMoreSnapshots(Producer<byte[], byte[]> producer, int more)
      throws IOException, InterruptedException {
    int wanted = Snapshots.of(clients, job).size() + more;
    Path output = folder.resolve("counter.log");
    Process counter = CounterProcess.start(values, output);
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(20))
          .failFast(() -> assertThat(counter.isAlive()).as(Files.readString(output)).isTrue())
          .until(
              () -> {
                send(producer, 600);
                return Snapshots.of(clients, job).size() > wanted;
              });
      send(producer, 3_000);
    } finally {
      counter.destroyForcibly().waitFor();
    }
  }

  /** What an event is follows from its offset, so that any snapshot can be counted again. */
  private void send(Producer<byte[], byte[]> producer, int n) {
    for (int i = 0; i < n; i++) {
      int partition = i % PARTITIONS;
      byte[] value = event(partition, sent[partition]++);
      producer.send(new ProducerRecord<>(topic, partition, null, value));
    }
    producer.flush();
  }

  private static byte[] event(int partition, long offset) {
    String json =
        unreadable(offset)
            ? "cut off"
            : "{\"a\":1,\"label\":\"" + (fraud(partition, offset) ? "fraud" : "ok") + "\"}";
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean unreadable(long offset) {
    return offset % UNREADABLE_EVERY == 0;
  }

  private static boolean fraud(int partition, long offset) {
    return (offset + partition) % FRAUD_EVERY == 0;
  }

  private static void assertCountsAreThoseOfTheEventsCovered(ClassWeights snapshot) {
    long[] expected = new long[2];
    snapshot
        .covered()
        .forEach(
            (partition, next) -> {
              for (long offset = 0; offset < next; offset++) {
                if (!unreadable(offset)) {
                  expected[fraud(partition, offset) ? 1 : 0]++;
                }
              }
            });
    assertThat(snapshot.events())
        .as("version %d, expected %s", snapshot.version(), Arrays.toString(expected))
        .containsExactly(expected);
  }
}
