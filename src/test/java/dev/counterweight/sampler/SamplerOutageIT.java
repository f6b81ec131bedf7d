package dev.counterweight.sampler;

import static org.awaitility.Awaitility.await;

import dev.counterweight.config.JobConfig;
import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class SamplerOutageIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** Calls give up within seconds, so that an outage of seconds is one of many calls. */
  private static final Map<String, String> IMPATIENT =
      Map.of(
          "kafka.max.block.ms", "1000",
          "kafka.request.timeout.ms", "2000",
          "kafka.default.api.timeout.ms", "2500",
          "kafka.delivery.timeout.ms", "3000",
          "sampler.commit.interval", "1s");

  @TempDir private Path folder;

  @Test
  void brokerThatIsAwayForLongIsWaitedForAndNothingIsLostOrTwice() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(folder);
    int port = Integer.parseInt(broker.bootstrapServers().split(":")[1]);
    SamplerHarness job = new SamplerHarness(broker.bootstrapServers(), "outage");
    RunningRole sampler = start(job);
    try {
      job.produce(300, 50);
      job.publish(false);
      await().atMost(TIMEOUT).until(() -> evaluated(job) == 300);
      job.produce(300, 50);
      job.publish(false);
      broker.close();
      await().during(Duration.ofSeconds(12)).atMost(TIMEOUT).until(() -> !sampler.isDone());

      broker = EmbeddedBroker.start(folder, port);
      await().atMost(TIMEOUT).until(() -> evaluated(job) == 600);
      job.produce(300, 50);
      job.publish(true);
      sampler.awaitEnd();
      job.assertEveryEventUsedOnce(job.settledBatches());
    } finally {
      sampler.drain();
      job.close();
      broker.close();
    }
  }

  private static int evaluated(SamplerHarness job) {
    return job.batches().stream().mapToInt(batch -> batch.evaluation().rows()).sum();
  }

  private static RunningRole start(SamplerHarness job) {
    Map<String, String> changes = new HashMap<>(IMPATIENT);
    JobConfig config =
        SamplerHarness.config(job.config.kafka().bootstrapServers(), job.job, "one", changes);
    return new RunningRole(
        new SamplerRole(
            config,
            new KafkaClients(config.kafka()),
            new SimpleMeterRegistry(),
            Clock.systemUTC(),
            true));
  }
}
