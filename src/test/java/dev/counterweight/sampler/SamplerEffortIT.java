package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.sampling.Uses;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class SamplerEffortIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final SamplerHarness job = new SamplerHarness();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final RunningSamplers samplers = new RunningSamplers(job, registry);

  @AfterEach
  void stop() throws Exception {
    samplers.close();
    job.close();
  }

  @Test
  void drawsFallWhileTheTrainerLagsAndRiseWhenItHasCaughtUp() {
    RunningRole sampler =
        samplers.start(
            "one", false, Map.of("sampler.draws.per.event", "auto", "sampler.record.draws", "256"));
    assertThat(drawsAfterFeeding(() -> job.reportTrainer(0, 0))).isCloseTo(4, within(1e-9));
    long[] trained = {0};
    await()
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> drawsAfterFeeding(() -> job.reportTrainer(2, trained[0] += 10)) < 1);
    // Counts of 90, 8 and 2 in 100: the two seldom classes keep one use at least.
    assertThat(gauge("draws.per.event")).isGreaterThanOrEqualTo(leastDraws());
    assertThat(gauge("batches.lead")).isPositive();
    await()
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> drawsAfterFeeding(this::reportCaughtUp) > 3.9);
    drain(sampler);
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void samplerWaitsForATrainerThatIsTooFarBehindAndSaysSo() {
    job.reportTrainer(0, 0);
    RunningRole sampler = samplers.start("one", false, Map.of("sampler.max.lead", "2000"));
    job.produce(400, 100);
    job.publish(false);
    await().atMost(TIMEOUT).until(() -> evaluated() == 400);
    for (int i = 0; i < 5; i++) {
      job.produce(400, 100);
      job.publish(false);
    }
    await()
        .atMost(TIMEOUT)
        .until(
            () -> {
              job.reportTrainer(0, 0);
              job.produce(50, 50);
              job.publish(false);
              return gauge("sampler.waiting") == 1;
            });
    job.produce(400, 100);
    job.publish(false);
    await()
        .atMost(TIMEOUT)
        .until(() -> sampler.status().detail().contains("waiting for the trainer"));
    assertThat(sampler.status().state()).isEqualTo(Role.State.RUNNING);
    assertThat(gauge("sampler.waiting")).isEqualTo(1);
    assertThat(gauge("batches.lead")).isGreaterThan(2000);
    int[] before = {0};
    await()
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> before[0] == (before[0] = evaluated()));
    assertThat(before[0]).as("the batch log stands still").isLessThan(job.events.size());

    job.reportTrainer(ends(), 10_000);
    job.produce(400, 100);
    job.publish(false);
    await()
        .atMost(TIMEOUT)
        .until(
            () -> {
              job.reportTrainer(ends(), 20_000);
              return evaluated() == job.events.size() && gauge("sampler.waiting") == 0;
            });
    drain(sampler);
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void withoutATrainerNobodyIsWaitedFor() {
    RunningRole sampler =
        samplers.start(
            "one", false, Map.of("sampler.max.lead", "1000", "sampler.draws.per.event", "auto"));
    job.produce(2000, 200);
    job.publish(false);
    await().atMost(TIMEOUT).until(() -> evaluated() == 2000);
    assertThat(gauge("draws.per.event")).isCloseTo(4, within(1e-9));
    assertThat(gauge("batches.lead")).isNaN();
    drain(sampler);
  }

  @Test
  void historyIsDrawnFourTimesHoweverSlowTheTrainerIs() throws Exception {
    job.reportTrainer(0, 0);
    job.produce(2000, 200);
    job.publish(true);
    samplers
        .start("one", true, Map.of("sampler.max.lead", "1000", "sampler.draws.per.event", "auto"))
        .awaitEnd();
    assertThat(SamplerHarness.draws(job.settledBatches())).isBetween(7000L, 9000L);
    assertThat(gauge("draws.per.event")).isCloseTo(4, within(1e-9));
  }

  private double drawsAfterFeeding(Runnable report) {
    job.produce(400, 200);
    job.publish(false);
    await().atMost(TIMEOUT).until(() -> evaluated() == job.events.size());
    report.run();
    return gauge("draws.per.event");
  }

  private void reportCaughtUp() {
    job.reportTrainer(ends(), SamplerHarness.draws(job.batches()));
  }

  private double leastDraws() {
    double[] priors = {0.9, 0.08, 0.02};
    return 0.9 * Uses.leastDraws(priors, Snapshots.balanced(priors), new double[] {64, 64, 64});
  }

  private long ends() {
    return job.end(job.config.topics().batches());
  }

  private double gauge(String name) {
    return registry.get("counterweight." + name).gauge().value();
  }

  private int evaluated() {
    return job.batches().stream().mapToInt(batch -> batch.evaluation().rows()).sum();
  }

  private static void drain(RunningRole sampler) {
    sampler.drain();
    await().atMost(TIMEOUT).until(sampler::isDone);
  }
}
