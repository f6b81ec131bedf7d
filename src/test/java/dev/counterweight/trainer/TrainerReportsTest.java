package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Ticker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody listens on port 9 of this machine: a broker that is away. */
@Timeout(120)
class TrainerReportsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @Test
  void aBrokerThatIsAwayBlocksNoReportAndTheNextIsDueASecondLater() {
    JobConfig config = new TrainerJob("127.0.0.1:9", "away", Path.of("unused")).config();
    Clock clock = Clock.systemUTC();
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    TrainerMeters meters = new TrainerMeters(registry, "away", config.events().schema(), clock);
    meters.tookLead();
    KafkaClients clients = new KafkaClients(config.kafka());
    Ticker ticker = new Ticker(System::nanoTime);
    try (TrainingRun run = new TrainingRun(config);
        TrainerReports reports = new TrainerReports(config, clients, meters, clock, ticker, run)) {
      reports.start();
      run.train(TrainerJob.batch(0));
      await().atMost(TIMEOUT).until(reports::due);
      for (int i = 0; i < 3; i++) {
        long beganMs = ticker.millis();
        reports.send(1, null, null, false);
        assertThat(ticker.millis() - beganMs).as("held up").isLessThan(5_000);

        // Without progress: a report that was lost is told anew.
        await().atMost(TIMEOUT).until(reports::due);
      }
      assertThat(reports.flush()).isFalse();
      double ageS = registry.get("counterweight.report.age").gauge().value();
      assertThat(ageS).as("since the lead was taken, none has arrived").isGreaterThan(2);
      meters.reported();
      assertThat(registry.get("counterweight.report.age").gauge().value()).isLessThan(ageS);
    }
  }

  /** A sampler at its largest lead goes on by a report alone. */
  @Test
  void recordsLeftOutAreReportedLikeRecordsTrainedOn() {
    assertDue(run -> {}, run -> run.passOver(TrainerJob.batch(0), true));
  }

  /** What was done before may never have been told, and a sampler at its largest lead waits. */
  @Test
  void aRunThatWasRestoredIsToldOfThoughNothingComesAfter() {
    assertDue(run -> run.train(TrainerJob.batch(0)), run -> {});
  }

  /** A report is due once both are done, and not while nothing is. */
  private static void assertDue(Consumer<TrainingRun> restored, Consumer<TrainingRun> progress) {
    JobConfig config = new TrainerJob("127.0.0.1:9", "away", Path.of("unused")).config();
    AtomicLong nowMs = new AtomicLong();
    Ticker ticker = new Ticker(() -> TimeUnit.MILLISECONDS.toNanos(nowMs.get()));
    Clock clock = Clock.systemUTC();
    TrainerMeters meters =
        new TrainerMeters(new SimpleMeterRegistry(), "away", config.events().schema(), clock);
    KafkaClients clients = new KafkaClients(config.kafka());
    try (TrainingRun run = new TrainingRun(config);
        TrainerReports reports = new TrainerReports(config, clients, meters, clock, ticker, run)) {
      nowMs.set(10_000);
      assertThat(reports.due()).as("of nothing").isFalse();
      restored.accept(run);
      reports.start();
      progress.accept(run);
      nowMs.set(20_000);

      assertThat(reports.due()).isTrue();
    }
  }
}
