package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.runtime.JobMetric;
import dev.counterweight.sampler.SamplerMetric;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class RefusalsTest {
  private final MeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void whatWasPassedOverIsToldByReasonMostFirst() {
    count(SamplerMetric.SAMPLED.declaration().name(), 5102, "role", "sampler");
    String passedOver = JobMetric.PASSED_OVER.declaration().name();
    count(passedOver, 75, "role", "sampler", "reason", "tombstone");
    count(passedOver, 5000, "role", "sampler", "reason", "unlabelled");
    // The counter passes over the same events.
    count(passedOver, 5000, "role", "counter", "reason", "unlabelled");

    assertThat(Refusals.in(registry).passedOverLine())
        .hasValue(
            "5,075 of 5,102 events were passed over (5,000 unlabelled, 75 tombstone):"
                + " neither counted nor trained on");
    assertThat(Refusals.in(registry).any()).isFalse();
  }

  @Test
  void nothingIsToldWhereNothingWasPassedOver() {
    count(SamplerMetric.SAMPLED.declaration().name(), 10);

    assertThat(Refusals.in(registry).passedOverLine()).isEmpty();
  }

  @Test
  void whatTheJoinerRefusedIsOfEventsAndOfLabelsEachForItself() {
    count("counterweight.joiner.read", 2000, "side", "events");
    count("counterweight.joiner.read", 100, "side", "labels");
    count("counterweight.joiner.refused", 60, "side", "labels");
    count(JobMetric.PASSED_OVER.declaration().name(), 7, "role", "joiner", "reason", "tombstone");

    List<Refusals> all = Refusals.all(registry);

    assertThat(all).extracting(Refusals::any).containsExactly(false, true, false, false, false);
    assertThat(all.get(1).share()).isEqualTo(0.6);
    assertThat(all.get(1).line("fraud.dead-letters"))
        .isEqualTo(
            "60 of 100 labels to be joined were refused: topic 'fraud.dead-letters' has each with"
                + " its reason, check shows examples");
    assertThat(all.stream().flatMap(refusals -> refusals.passedOverLine().stream()))
        .containsExactly(
            "7 of 2,100 records to be joined were passed over (7 tombstone): not joined");
  }

  @Test
  void whatTheScorerRefusedIsOfTheEventsThatItRead() {
    count("counterweight.scorer.scored", 90, "class", "ok");
    count("counterweight.scorer.refused", 9, "reason", "malformed");
    count(JobMetric.PASSED_OVER.declaration().name(), 1, "role", "scorer", "reason", "tombstone");

    Refusals scored = Refusals.all(registry).get(4);

    assertThat(scored.share()).isEqualTo(0.09);
    assertThat(scored.line("fraud.dead-letters"))
        .startsWith("9 of 100 events to be scored were refused (9 malformed): ");
    assertThat(scored.passedOverLine())
        .hasValue("1 of 100 events to be scored were passed over (1 tombstone): not scored");
  }

  private void count(String name, double count, String... tags) {
    registry.counter(name, tags).increment(count);
  }
}
