package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.counterweight.demo.SharedBroker;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(180)
class SamplerRecreatedTopicIT {
  /** Empty, offsets are out of range; with more events than were sampled nothing tells. */
  @ParameterizedTest
  @ValueSource(ints = {0, 400})
  void aTopicCreatedAgainUnderTheSamplerIsRefusedAndNotSampledOn(int events) throws Exception {
    try (SamplerHarness job = new SamplerHarness()) {
      RunningRole sampler =
          new RunningRole(
              new SamplerRole(
                  job.config, job.clients, new SimpleMeterRegistry(), Clock.systemUTC(), false));
      job.produce(100, 50);
      job.publish(false);
      await().atMost(Duration.ofSeconds(60)).until(() -> !job.batches().isEmpty());

      SharedBroker.recreateTopic(job.config.events().topic(), SamplerHarness.PARTITIONS);
      job.produce(events, 50);

      assertThatThrownBy(sampler::awaitEnd)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("was deleted and created again");
    }
  }
}
