package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.RecentShares;
import dev.counterweight.protocol.Span;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the batch log tells of recent labels, recounted from the topic of events. */
@Timeout(180)
class RecentLabelsIT {
  private static final String KEY = "events.recent.labels";
  private static final double[] RATES = {1, 0.2, 0.03};
  private static final int K = SamplerHarness.CLASSES;

  private final SamplerHarness job = new SamplerHarness();
  private final RunningSamplers samplers = new RunningSamplers(job, new SimpleMeterRegistry());

  @AfterEach
  void stop() throws Exception {
    samplers.close();
    job.close();
  }

  @Test
  void killedSamplersGoOnAsIfTheyHadNotBeen() throws Exception {
    job.produce(300, 50);
    job.publish(false);
    for (int life = 0; life < 2; life++) {
      Process process = SamplerProcess.start(job.config, "one", KEY + "=true");
      try {
        int before = job.batches().size();
        await().atMost(Duration.ofSeconds(60)).until(() -> job.batches().size() > before);
        for (int i = 0; i < 8; i++) {
          job.produce(150, 50);
          job.publish(false);
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    int beforeLast = evaluated();
    job.produce(100, 50);
    job.publish(true);
    samplers.start("one", true, Map.of(KEY, "true")).awaitEnd();

    assertThat(beforeLast).isPositive();
    assertSharesAreThoseOfTheTopic(job.settledBatches());
  }

  @Test
  void whoIsGivenAPartitionGoesOnWhereTheOtherStopped() throws Exception {
    job.produce(600, 50);
    job.publish(false);
    RunningRole first = samplers.start("one", true, Map.of(KEY, "true"));
    await().atMost(Duration.ofSeconds(30)).until(() -> evaluated() > 100);
    RunningRole second = samplers.start("two", true, Map.of(KEY, "true"));
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              job.produce(100, 50);
              job.publish(false);
              return handedOver();
            });
    job.produce(300, 50);
    job.publish(true);
    first.awaitEnd();
    second.awaitEnd();

    assertSharesAreThoseOfTheTopic(job.settledBatches());
  }

  @Test
  void recordsThatAnotherTransactionHidesAreWaitedFor() throws Exception {
    job.produce(300, 50);
    job.publish(true);
    try (Producer<byte[], byte[]> other =
        job.clients.transactionalProducer(job.job + "-hangs", Map.of())) {
      other.initTransactions();
      other.beginTransaction();
      other.send(new ProducerRecord<>(job.config.topics().batches(), 0, null, new byte[1])).get();
      samplers.start("one", true, Map.of(KEY, "true")).awaitEnd();
      assertThat(job.batches()).as("hidden").isEmpty();
      job.produce(300, 50);
      job.publish(true);
      RunningRole next = samplers.start("two", true, Map.of(KEY, "true"));
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> next.status().toString().contains("take partitions"));
      other.abortTransaction();
      next.awaitEnd();
    }

    assertSharesAreThoseOfTheTopic(job.settledBatches());
  }

  /** Whether a record was written by whoever has some of the partitions. */
  private boolean handedOver() {
    return job.batches().stream()
        .anyMatch(batch -> batch.origin().spans().size() < SamplerHarness.PARTITIONS);
  }

  @Test
  void turnedOnInALivingJobTheyBeginThere() throws Exception {
    job.produce(300, 50);
    job.publish(true);
    samplers.start("one", true, Map.of(KEY, "false")).awaitEnd();
    List<MiniBatch> without = job.settledBatches();
    assertThat(without).noneMatch(batch -> batch.recent().told());
    job.produce(300, 50);
    job.publish(true);
    samplers.start("one", true, Map.of(KEY, "true")).awaitEnd();

    List<MiniBatch> all = job.settledBatches();
    assertSharesAreThoseOfTheTopic(all.subList(without.size(), all.size()));
    job.assertEveryEventUsedOnce(all);
  }

  /** From what the first of these records covers on. */
  private void assertSharesAreThoseOfTheTopic(List<MiniBatch> batches) {
    List<TreeMap<Long, Integer>> labels = new ArrayList<>();
    List<double[]> shares = new ArrayList<>();
    for (int p = 0; p < SamplerHarness.PARTITIONS; p++) {
      labels.add(new TreeMap<>());
      double[] alike = new double[RecentShares.FADES * K];
      Arrays.fill(alike, 1.0 / K);
      shares.add(alike);
    }
    job.events.forEach(
        (id, label) -> {
          String[] where = id.split(":");
          labels.get(Integer.parseInt(where[0])).put(Long.parseLong(where[1]), label);
        });
    int rows = 0;
    for (MiniBatch batch : batches) {
      Map<String, double[]> before = new HashMap<>();
      for (Map.Entry<Integer, Span> span : batch.origin().spans().entrySet()) {
        int p = span.getKey();
        labels
            .get(p)
            .subMap(span.getValue().from(), span.getValue().to())
            .forEach(
                (offset, label) -> {
                  before.put(p + ":" + offset, shares.get(p).clone());
                  see(shares.get(p), label);
                });
        assertAre(
            Objects.requireNonNull(batch.recent().after().get(p)), 0, shares.get(p), "after " + p);
      }
      MiniBatch.EvaluationSlice slice = batch.evaluation();
      for (int row = 0; row < slice.rows(); row++) {
        String id = slice.sourcePartition()[row] + ":" + slice.sourceOffset()[row];
        assertAre(
            batch.recent().before(),
            row * RecentShares.FADES * K,
            Objects.requireNonNull(before.get(id)),
            "before " + id);
        rows++;
      }
    }
    assertThat(rows).isPositive();
  }

  private static void see(double[] shares, int label) {
    for (int at = 0; at < shares.length; at++) {
      shares[at] += RATES[at / K] * ((at % K == label ? 1 : 0) - shares[at]);
    }
  }

  private static void assertAre(float[] told, int at, double[] shares, String where) {
    for (int i = 0; i < shares.length; i++) {
      assertThat((double) told[at + i]).as(where).isCloseTo(shares[i], within(1e-5));
    }
  }

  private int evaluated() {
    return job.batches().stream().mapToInt(batch -> batch.evaluation().rows()).sum();
  }
}
