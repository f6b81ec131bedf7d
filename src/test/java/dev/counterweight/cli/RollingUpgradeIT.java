package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.protocol.Span;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The processes of a job, replaced one at a time while events keep coming. */
@Timeout(240)
class RollingUpgradeIT {
  private static final int PARTITIONS = 3;
  private static final String ROW = "50,21,77,0,28,0,27,48,";

  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("job");

  @Test
  void replacedUnderLoadTheRolesLoseNothingAndUseNothingTwice() throws Exception {
    ShuttleEvents base = ShuttleEvents.send(3_000, PARTITIONS);
    List<String> lines = new ArrayList<>(base.properties(job, folder.resolve("c").toString()));
    lines.addAll(List.of("checkpoint.every.steps=100", "instance.id=pod-0"));
    Path config = Files.write(folder.resolve("job.properties"), lines);
    try (Load load = new Load(base.topic());
        ChildJvm counter = start(config, "counter");
        ChildJvm sampler = start(config, "sampler");
        ChildJvm trainer = start(config, "trainer")) {
      awaitProgress("checkpoints", 0, trainer);
      try (ChildJvm newCounter = replaced(counter, config, "counter", "class-weights");
          ChildJvm newSampler = replaced(sampler, config, "sampler", "batches");
          ChildJvm newTrainer = replaced(trainer, config, "trainer", "checkpoints")) {
        long sent = base.events() + load.stop();
        // Sent all the while, not only before the first or after the last was replaced.
        assertThat(load.duringEach()).hasSize(3).allSatisfy(n -> assertThat(n).isPositive());
        for (ChildJvm role : List.of(newCounter, newSampler, newTrainer)) {
          role.terminate();
          assertThat(role.await(60)).as(role.output()).isZero();
        }
        assertEverythingUsedOnce(config, sent);
      }
    }
  }

  private void assertEverythingUsedOnce(Path config, long sent) throws Exception {
    JsonNode told = EndedRun.of(config, "all", 90).summary();
    BatchLogAudit audit = BatchLogAudit.of(job);
    long covered = 0;
    for (List<Span> spans : audit.spans().values()) {
      long next = 0;
      for (Span span : spans) {
        assertThat(span.from()).as("spans are contiguous").isEqualTo(next);
        next = span.to();
      }
      covered += next;
    }
    assertThat(covered).isEqualTo(sent);
    assertThat(audit.freshDraws().values()).as("fresh at most once").containsOnly(1);
    long counted = 0;
    for (JsonNode count : told.get("counts")) {
      counted += count.asLong();
    }
    assertThat(counted).isEqualTo(sent);
    assertThat(told.get("steps").asLong()).isEqualTo(audit.draws() / 32);
  }

  private final List<Long> before = new ArrayList<>();

  /** SIGTERM, exit 0, a new process in its place, and what it writes. */
  private ChildJvm replaced(ChildJvm old, Path config, String role, String topic)
      throws InterruptedException {
    before.add(LOADED.get());
    old.terminate();
    assertThat(old.await(60)).as(old.output()).isZero();
    long end = end(topic);
    ChildJvm replacement = start(config, role);
    awaitProgress(topic, end, replacement);
    before.add(LOADED.get());
    return replacement;
  }

  private ChildJvm start(Path config, String role) {
    return ChildJvm.start(
        folder.resolve(role + ".log"),
        List.of("run", "--config", config.toString(), "--role", role));
  }

  private void awaitProgress(String topic, long beyond, ChildJvm role) {
    await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(100))
        .failFast(() -> assertThat(role.running()).as(role.output()).isTrue())
        .until(() -> end(topic) > beyond);
  }

  /** The committed end of one of the job's topics; 0 while there is none. */
  private long end(String topic) {
    TopicPartition partition = new TopicPartition(job + "." + topic, 0);
    try (Admin admin = SharedBroker.admin()) {
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.latest()))
          .partitionResult(partition)
          .get()
          .offset();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (java.util.concurrent.ExecutionException e) {
      return 0;
    }
  }

  private static final AtomicLong LOADED = new AtomicLong();

  /** Some hundred events a second, one by one, until told to stop. */
  private final class Load implements AutoCloseable {
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Thread thread;

    Load(String topic) {
      LOADED.set(0);
      thread = new Thread(() -> send(topic), "load");
      thread.start();
    }

    /** Stops and returns how many were sent. */
    long stop() throws InterruptedException {
      stopped.set(true);
      thread.join();
      return LOADED.get();
    }

    /** Events sent while each of the roles was replaced. */
    List<Long> duringEach() {
      List<Long> during = new ArrayList<>();
      for (int i = 0; i + 1 < before.size(); i += 2) {
        during.add(before.get(i + 1) - before.get(i));
      }
      return during;
    }

    @Override
    public void close() throws InterruptedException {
      stop();
    }

    private void send(String topic) {
      try (KafkaProducer<byte[], byte[]> producer = SharedBroker.producer(Map.of())) {
        while (!stopped.get()) {
          long n = LOADED.getAndIncrement();
          String label = n % 20 == 0 ? "High" : "Rad.Flow";
          byte[] event = (ROW + (n % 50) + "," + label).getBytes(StandardCharsets.UTF_8);
          producer.send(new ProducerRecord<>(topic, (int) (n % PARTITIONS), null, event));
          java.util.concurrent.locks.LockSupport.parkNanos(4_000_000);
        }
      }
    }
  }
}
