package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.counter.CounterMetric;
import dev.counterweight.joiner.JoinerMetric;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.JobMetric;
import dev.counterweight.sampler.SamplerMetric;
import dev.counterweight.scorer.ScorerMetric;
import dev.counterweight.trainer.TrainerMetric;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RunProgressTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final JobMeters meters = new JobMeters(registry, "fraud");

  @Test
  void aWholeJobTellsEventsSpeedRarestClassGmeanAndTheTimeThatTheSlowestRoleNeeds() {
    var counted = meters.counter(CounterMetric.COUNTED);
    var sampled = meters.counter(SamplerMetric.SAMPLED);
    meters.gauges(
        CounterMetric.CLASS_PRIOR, List.of("genuine", "fraud"), c -> c == 0 ? 0.998 : 0.002);
    meters.gauge(TrainerMetric.GMEAN, () -> 0.91234, "window");
    meters.gauge(TrainerMetric.GMEAN, () -> 0.5, "total");
    double[] lag = {3_000, 4_000};
    meters.gauge(JobMetric.LAG, () -> lag[0], "counter");
    meters.gauge(JobMetric.LAG, () -> lag[1], "sampler");
    RunProgress progress = new RunProgress(registry, true);
    progress.line(0);

    counted.increment(2_000);
    sampled.increment(1_000);
    lag[0] = 1_000;
    lag[1] = 3_000;

    assertThat(progress.line(TimeUnit.SECONDS.toNanos(2)))
        .isEqualTo(
            "2,000 events, 1,000 events/s; rarest class fraud 0.200 %; G-mean 0.912; 6 s left");
  }

  @Test
  void whatIsLeftIsJudgedByOffsetsPassedNotByEventsHandled() {
    var sampled = meters.counter(SamplerMetric.SAMPLED);
    double[] lag = {360_000};
    meters.gauge(JobMetric.LAG, () -> lag[0], "sampler");
    RunProgress progress = new RunProgress(registry, true);
    progress.line(0);

    sampled.increment(10);
    lag[0] = 120_000; // the others were aborted

    assertThat(progress.line(TimeUnit.SECONDS.toNanos(2))).endsWith("1 s left");
  }

  @Test
  void speedIsThatOfTheLastSeconds() {
    var counted = meters.counter(CounterMetric.COUNTED);
    RunProgress progress = new RunProgress(registry, false);
    counted.increment(1_000_000);
    for (int s = 0; s <= 60; s++) {
      progress.line(TimeUnit.SECONDS.toNanos(s));
      counted.increment(10);
    }

    assertThat(progress.line(TimeUnit.SECONDS.toNanos(61))).contains(", 10 events/s");
  }

  @Test
  void untilEventsAreCountedTheJoinerTellsHowFarItIsAndWhatWaits() {
    var read = meters.counter(JoinerMetric.READ, "events");
    meters.counter(JoinerMetric.READ, "labels").increment(77);
    var counted = meters.counter(CounterMetric.COUNTED);
    double[] lag = {4_000};
    double[] waiting = {300};
    meters.gauge(JobMetric.LAG, () -> lag[0], "joiner");
    meters.gauge(JoinerMetric.WAITING, () -> waiting[0]);
    RunProgress progress = new RunProgress(registry, true);
    progress.line(0);

    read.increment(1_000);
    lag[0] = 3_000;
    assertThat(progress.line(TimeUnit.SECONDS.toNanos(2)))
        .isEqualTo("1,000 events joined, 500 events/s; 300 wait for their label; 6 s left");

    counted.increment(100);
    waiting[0] = 0;
    assertThat(progress.line(TimeUnit.SECONDS.toNanos(4))).startsWith("100 events, 25 events/s");
  }

  @Test
  void aScorerAloneTellsWhatItScoredAndBesideOthersHowMuchToo() {
    var ok = meters.counter(ScorerMetric.SCORED, "ok");
    var fraud = meters.counter(ScorerMetric.SCORED, "fraud");
    double[] lag = {3_000};
    meters.gauge(JobMetric.LAG, () -> lag[0], "scorer");
    RunProgress progress = new RunProgress(registry, true);
    progress.line(0);
    ok.increment(1_990);
    fraud.increment(10);
    lag[0] = 1_000;

    assertThat(progress.line(TimeUnit.SECONDS.toNanos(2)))
        .isEqualTo("2,000 events scored, 1,000 events/s; 1 s left");

    meters.counter(CounterMetric.COUNTED).increment(4_000);
    assertThat(progress.line(TimeUnit.SECONDS.toNanos(4)))
        .isEqualTo("4,000 events, 1,000 events/s; 2,000 scored; 2 s left");
  }

  @Test
  void aTrainerAloneTellsItsSteps() {
    meters.counter(TrainerMetric.STEPS).increment(42);
    meters.gauge(TrainerMetric.GMEAN, () -> Double.NaN, "window");

    assertThat(new RunProgress(registry, false).line(0)).isEqualTo("42 steps");
  }
}
