package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UnmetLabelsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @BeforeEach
  void labelsAreReadAndEventsAreDecidedWithout() {
    count("counterweight.joiner.read", 9000, "side", "events");
    count("counterweight.joiner.read", 1350, "side", "labels");
    count("counterweight.joiner.refused", 4, "side", "labels");
    count("counterweight.labels.unlabelled", 6000);
  }

  @Test
  void whereNoLabelMetAnEventTheRunSaysWhatToLookAt() {
    assertThat(UnmetLabels.in(registry))
        .hasValue(
            "none of 1,346 labels read has met an event, and 6,000 events were decided without one:"
                + " events.key and labels.key must lead to the same text or bytes; check shows a"
                + " key of each");
  }

  @Test
  void oneLabelThatMetItsEventIsEnough() {
    count("counterweight.labels.matched", 1);

    assertThat(UnmetLabels.in(registry)).isEmpty();
  }

  @Test
  void aCorrectionHasMetItsEventToo() {
    count("counterweight.labels.corrected", 1);

    assertThat(UnmetLabels.in(registry)).isEmpty();
  }

  @Test
  void ofFewReadableLabelsNothingIsSaid() {
    count("counterweight.joiner.refused", 1250, "side", "labels");

    assertThat(UnmetLabels.in(registry)).isEmpty();
  }

  private void count(String name, double count, String... tags) {
    registry.counter(name, tags).increment(count);
  }
}
