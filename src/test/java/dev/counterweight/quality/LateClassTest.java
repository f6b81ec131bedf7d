package dev.counterweight.quality;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link LateClass#main} does it at full length. */
class LateClassTest {
  /** Steps as long as they are many in a stream of ten times the length. */
  private static final String RATE = "0.02";

  @TempDir Path folder;

  @Test
  void aClassThatFirstComesLateIsLearntFromItsFirstEventsOn() {
    LateClass.Learnt learnt =
        LateClass.learnt(LateClass.first(45_000, 1), 1, Map.of("learning.rate", RATE), folder);
    assertThat(learnt.recall()).isGreaterThanOrEqualTo(0.95);
    assertThat(learnt.precision()).isGreaterThan(0.4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "5000 events"})
  void oneThatVanishedIsKnownAgain(String halfLife) {
    LateClass.Learnt learnt =
        LateClass.learnt(
            LateClass.again(60_000, 1),
            1,
            Map.of("learning.rate", RATE, "counts.half.life", halfLife),
            folder);
    assertThat(learnt.recall()).isGreaterThanOrEqualTo(0.95);
    assertThat(learnt.precision()).isGreaterThan(0.4);
  }
}
