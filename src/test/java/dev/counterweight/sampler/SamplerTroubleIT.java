package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.kafka.TransactionalProducer;
import dev.counterweight.protocol.Span;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What can happen to a sampler besides being killed. */
@Timeout(240)
class SamplerTroubleIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final SamplerHarness job = new SamplerHarness();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final RunningSamplers samplers = new RunningSamplers(job, registry);
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    samplers.close();
    job.close();
  }

  @Test
  void samplerThatStoodStillInATransactionGoesOnWithNothingLostOrTwice() throws Exception {
    job.produce(300, 50);
    job.publish(false);
    // A transaction is open nearly all the time.
    Process stopped = SamplerProcess.start(job.config, "one", "sampler.commit.interval=2s");
    processes.add(stopped);
    await().atMost(TIMEOUT).until(() -> evaluated() == 300);
    feed();
    signal(stopped, "STOP");
    long resumeMs =
        System.currentTimeMillis() + TransactionalProducer.TRANSACTION_TIMEOUT_MS + 2_000;
    RunningRole two = samplers.start("two", false);
    await()
        .atMost(TIMEOUT)
        .until(
            () -> {
              feed();
              return System.currentTimeMillis() > resumeMs;
            });
    await().atMost(TIMEOUT).until(() -> evaluated() == job.events.size());
    signal(stopped, "CONT");
    for (int i = 0; i < 20; i++) {
      feed();
    }
    await().atMost(TIMEOUT).until(() -> evaluated() == job.events.size());
    assertThat(stopped.isAlive()).as("it goes on").isTrue();
    // It has its share again, and uses it: once the other is gone it is the only one.
    two.drain();
    await().atMost(TIMEOUT).until(two::isDone);
    feed();
    await().atMost(TIMEOUT).until(() -> evaluated() == job.events.size());
    stopped.destroyForcibly().waitFor();
    job.publish(true);
    samplers.start("two", true).awaitEnd();
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void brokerMayAssignThePartitions() throws Exception {
    Map<String, String> protocol =
        Map.of("kafka.group.protocol", "consumer", "kafka.compression.type", "zstd");
    job.produce(600, 50);
    job.publish(false);
    RunningRole first = samplers.start("one", true, protocol);
    await().atMost(TIMEOUT).until(() -> evaluated() > 100);
    RunningRole second = samplers.start("two", true, protocol);
    for (int i = 0; i < 10; i++) {
      job.produce(200, 50);
      job.publish(false);
    }
    await().atMost(TIMEOUT).until(() -> evaluated() == 2600);
    job.publish(true);
    first.awaitEnd();
    second.awaitEnd();
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void eventsThatRetentionDeletedAreLeftOutIfAskedFor() throws Exception {
    job.produce(300, 50);
    job.publish(true);
    TopicPartition partition = new TopicPartition(job.config.events().topic(), 1);
    try (Admin admin = job.clients.admin("delete")) {
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(20))).all().get();
    }
    samplers.start("one", true, Map.of("events.lost", "continue")).awaitEnd();
    job.events.keySet().removeIf(id -> id.startsWith("1:") && offset(id) < 20);
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void partitionsAddedToTheTopicAreSampledFromTheirFirstEvent() throws Exception {
    Map<String, String> quick = Map.of("kafka.metadata.max.age.ms", "500");
    job.produce(300, 50);
    job.publish(false);
    samplers.start("one", false, quick);
    await().atMost(TIMEOUT).until(() -> evaluated() == 300);
    try (Admin admin = job.clients.admin("grow")) {
      admin
          .createPartitions(
              Map.of(
                  job.config.events().topic(),
                  NewPartitions.increaseTo(SamplerHarness.PARTITIONS + 1)))
          .all()
          .get();
    }
    for (int i = 0; i < 40; i++) {
      job.produceRaw(
          SamplerHarness.PARTITIONS, new byte[0], SamplerHarness.bytes(i, 1, i % 3), i % 3);
    }
    job.produce(300, 50);
    job.publish(false);
    await().atMost(TIMEOUT).until(() -> evaluated() == 640);
    long at = 0;
    for (MiniBatch batch : job.settledBatches()) {
      Span span = batch.origin().spans().get(SamplerHarness.PARTITIONS);
      if (span != null) {
        assertThat(span.from()).isEqualTo(at);
        at = span.to();
      }
    }
    assertThat(at).isPositive();
  }

  @Test
  void poisonedPartitionCostsNothingButItsDeadLetters() throws Exception {
    int poison = 100_000;
    job.produce(300, 100);
    job.producePoison(1, poison / 2);
    job.produce(300, 100);
    job.producePoison(1, poison / 2);
    job.produce(300, 100);
    job.publish(true);
    RunningRole sampler = samplers.start("one", true);
    sampler.awaitEnd();
    assertThat(sampler.summary()).containsEntry("dead_letters", (long) poison);
    assertThat(job.read(job.config.topics().deadLetters())).hasSize(poison);
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void eventsOfTenThousandFeaturesAreCutIntoRecordsThatTheLogTakes() throws Exception {
    int features = 10_000;
    String names =
        IntStream.range(0, features).mapToObj(i -> "f" + i).collect(Collectors.joining(","));
    for (int i = 0; i < 60; i++) {
      ByteBuffer wide = ByteBuffer.allocate(4 * features + 4).order(ByteOrder.LITTLE_ENDIAN);
      wide.putFloat(0, i).putFloat(4 * features, i % 3);
      RecordMetadata where = job.produceRaw(i % 3, new byte[0], wide.array(), i % 3);
      job.events.put(where.partition() + ":" + where.offset(), i % 3);
    }
    job.publish(true);
    samplers.start("one", true, Map.of("events.features", names)).awaitEnd();
    List<MiniBatch> batches = job.settledBatches();
    job.assertEveryEventUsedOnce(batches);
    for (MiniBatch batch : batches) {
      assertThat(MiniBatchFormat.write(batch, features).length).isLessThanOrEqualTo(900 << 10);
      assertThat(batch.draws().features()).hasSize(batch.draws().rows() * features);
    }
    // 4 draws an event, of which replays that the newest events brought are not due yet.
    assertThat(SamplerHarness.draws(batches)).isBetween(160L, 240L);
  }

  @Test
  void sharesOfTheClassesAreShownBesideWhatIsExpected() throws Exception {
    job.produce(4000, 200);
    job.publish(true);
    samplers
        .start("one", true, Map.of("evaluation.share", "0.5", "sampler.record.draws", "1024"))
        .awaitEnd();
    for (String stage : List.of("stream", "batch", "evaluation")) {
      for (String name : List.of("common", "seldom", "rare")) {
        double expected = share("class.share.expected", stage, name);
        assertThat(share("class.share", stage, name))
            .as("%s of %s", name, stage)
            .isCloseTo(expected, within(0.3 * expected));
      }
    }
    double prior = job.events.values().stream().filter(label -> label == 2).count() / 4000.0;
    assertThat(share("class.share.expected", "stream", "rare")).isCloseTo(prior, within(1e-9));
    assertThat(share("class.share.expected", "batch", "rare")).isGreaterThan(0.2);
    // Half of the events is evaluated, of the two rarer classes all.
    assertThat(share("class.share.expected", "evaluation", "rare"))
        .isCloseTo(2 * prior, within(1e-9));
  }

  private double share(String name, String stage, String label) {
    return registry
        .get("counterweight." + name)
        .tag("stage", stage)
        .tag("class", label)
        .gauge()
        .value();
  }

  private void feed() {
    job.produce(100, 50);
    job.publish(false);
  }

  private static long offset(String id) {
    return Long.parseLong(id.substring(id.indexOf(':') + 1));
  }

  private static void signal(Process process, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  private int evaluated() {
    return job.batches().stream().mapToInt(batch -> batch.evaluation().rows()).sum();
  }
}
