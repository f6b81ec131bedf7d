package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainerMetersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final TrainerMeters meters =
      new TrainerMeters(
          registry,
          "any",
          new TrainerJob("localhost:1", "any", Path.of("unused")).config().events().schema(),
          Clock.systemUTC());

  @Test
  void whatCandidatesAndForestCountIsThereOnceItIsKnownAndGoneWithTheLead() {
    assertThat(registry.find("counterweight.model.candidate.share").gauges()).isEmpty();
    assertThat(registry.find("counterweight.model.forest.power").gauges()).isEmpty();

    meters.candidates(Map.of("rate.0", 0.25));
    meters.forest(Map.of("networks", 0.75, "slow", 0.5));
    meters.forest(Map.of("networks", 0.5, "slow", 0.25));

    Gauge share = registry.get("counterweight.model.candidate.share").gauge();
    assertThat(share.value()).isEqualTo(0.25);
    assertThat(share.getId().getTag("candidate")).isEqualTo("rate.0");
    assertThat(registry.get("counterweight.model.forest.power").gauges()).hasSize(2);
    Gauge slow = registry.get("counterweight.model.forest.power").tag("of", "slow").gauge();
    assertThat(slow.value()).isEqualTo(0.25);

    meters.stoodDown();

    assertThat(slow.value()).isNaN();
    assertThat(share.value()).isNaN();
  }
}
