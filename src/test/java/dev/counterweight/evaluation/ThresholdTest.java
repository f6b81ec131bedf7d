package dev.counterweight.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.Tensor;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ThresholdTest {

  @Test
  void withoutARowOfTheClassItIsAHalf() {
    Threshold threshold = new Threshold(true, 0.9);
    threshold.add(false, 1, 0.99);

    assertThat(threshold.value()).isEqualTo(0.5);
  }

  @Test
  void noNumberOfOtherRowsMakesTheClassForgotten() {
    Threshold threshold = new Threshold(true, 0.8);
    uniform(threshold);
    double before = threshold.value();
    for (int i = 0; i < 16_000_000; i++) {
      threshold.add(false, 10, 0.05);
    }

    assertThat(threshold.value()).isEqualTo(before);
  }

  @Test
  void recallIsMetByTheHighestThresholdThatMeetsIt() {
    Threshold threshold = new Threshold(true, 0.8);
    uniform(threshold);

    // Rows of the class are spread evenly over 0 to 1: four in five lie above 0.2.
    assertThat(threshold.value()).isCloseTo(0.2, within(0.02));
  }

  @Test
  void aRecallOfOneTakesInEveryRowOfTheClassAndNoMore() {
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Threshold threshold = new Threshold(true, 1);
      for (int i = 0; i < 1_000; i++) {
        threshold.add(true, 1 + 10 * random.nextDouble(), 0.3 + 0.6 * random.nextDouble());
        threshold.add(false, 1 + 10 * random.nextDouble(), 0.2 * random.nextDouble());
      }

      assertThat(threshold.value()).isCloseTo(0.3, within(0.01));
    }
  }

  @Test
  void precisionIsMetByTheLowestThresholdThatMeetsIt() {
    Threshold threshold = new Threshold(false, 0.75);
    uniform(threshold);

    // Above t stand 1 - t of the class and (1 - t)^2 of the others: 1 / (2 - t) are right.
    assertThat(threshold.value()).isCloseTo(2 - 1 / 0.75, within(0.04));
  }

  @Test
  void laterRowsCountMore() {
    Threshold threshold = new Threshold(true, 0.5);
    for (int i = 0; i < 20_000; i++) {
      threshold.add(true, 1, 0.9);
    }
    for (int i = 0; i < 20_000; i++) {
      threshold.add(true, 1, 0.1);
    }

    assertThat(threshold.value()).isCloseTo(0.1, within(0.01));
  }

  @Test
  void itComesBackFromItsState() {
    Threshold threshold = new Threshold(true, 0.8);
    uniform(threshold);
    SortedMap<String, Tensor> state = new TreeMap<>();
    state.putAll(threshold.state());
    Threshold restored = new Threshold(true, 0.8);
    restored.restore(state);

    assertThat(restored.value()).isEqualTo(threshold.value());
  }

  private static void uniform(Threshold threshold) {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 20_000; i++) {
      threshold.add(true, 1, random.nextDouble());
      threshold.add(false, 1, Math.min(random.nextDouble(), random.nextDouble()));
    }
  }
}
