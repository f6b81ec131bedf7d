package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.JobConfig;
import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TopicSetup;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class TrainerReportsIT {
  @TempDir private Path folder;

  @Test
  void aBrokerThatLeavesHoldsUpTheLastReportForSecondsOnly() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(folder);
    JobConfig config =
        new TrainerJob(broker.bootstrapServers(), "left", folder)
            .with("kafka.delivery.timeout.ms", "20000")
            .with("kafka.request.timeout.ms", "15000")
            .config();
    KafkaClients clients = new KafkaClients(config.kafka());
    try (Admin admin = clients.admin("test")) {
      new TopicSetup(admin, Duration.ofSeconds(30), broker.bootstrapServers())
          .ensure(config.topics(), List.of(config.topics().metrics()));
    }
    Clock clock = Clock.systemUTC();
    TrainerMeters meters =
        new TrainerMeters(new SimpleMeterRegistry(), "left", config.events().schema(), clock);
    Ticker ticker = new Ticker(System::nanoTime);
    try (TrainingRun run = new TrainingRun(config);
        TrainerReports reports = new TrainerReports(config, clients, meters, clock, ticker, run)) {
      assertThat(reports.flush()).as("none was sent").isTrue();
      do {
        reports.send(0, null, null, false);
      } while (!reports.flush());
      broker.close();

      reports.send(1, null, null, false);
      long beganMs = ticker.millis();
      assertThat(reports.flush()).isFalse();

      assertThat(ticker.millis() - beganMs).as("ms").isLessThan(10_000);
    } finally {
      broker.close();
    }
  }
}
