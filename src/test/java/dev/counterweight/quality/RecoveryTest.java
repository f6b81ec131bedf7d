package dev.counterweight.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RecoveryTest {
  private static final List<String> CLASSES = List.of("common", "rare");

  @Test
  void itTakesUntilTheRecallOfTheLastStepsIsNineTenthsOfWhatItWas() {
    Recovery recovery = recovery(700, 400);

    assertThat(recovery.recallBefore(1)).isEqualTo(1);
    assertThat(recovery.gmeanBefore()).isEqualTo(1);
    // Until 700 nothing is right; the two steps to 900 are.
    assertThat(recovery.recallBack(1)).hasValue(900);
    assertThat(recovery.recallBack(0)).hasValue(600);
    assertThat(recovery.gmeanBack()).hasValue(900);
    assertThat(recovery.told(CLASSES, "rare"))
        .isEqualTo(
            "before a change recall of rare 1.000, G-mean 1.000;"
                + " 0.9 of it again after 900 and 900 events");
  }

  @Test
  void seedsAreTakenTogether() {
    Recovery both = Objects.requireNonNull(Recovery.of(List.of(recovery(0, 0), recovery(700, 0))));

    assertThat(both.recallBefore(1)).isEqualTo(1);
    assertThat(both.recallBack(1)).hasValue(900);
    assertThat(Recovery.of(List.of())).isNull();
  }

  @Test
  void whatNeverComesBackIsMoreThanAll() {
    Recovery recovery = new Recovery(2, 10_000);
    for (int i = 0; i < 30_000; i++) {
      // The second class is right in the last hundred events before a change alone.
      recovery.decided(i, i % 2, i % 10_000 >= 9_900 || i % 2 == 0);
    }
    assertThat(recovery.recallBefore(1)).isEqualTo(0.05, within(1e-12));
    assertThat(recovery.recallBack(1)).hasValue(10_000);
    assertThat(new Recovery(2, 10_000).gmeanBack()).hasValue(200);
  }

  @Test
  void theEventsBeforeTheFirstChangeTellNothing() {
    Recovery recovery = new Recovery(2, 10_000);
    for (int i = 0; i < 10_000; i++) {
      recovery.decided(i, i % 2, false);
    }
    for (int i = 10_000; i < 20_000; i++) {
      recovery.decided(i, i % 2, true);
    }
    assertThat(recovery.gmeanBack()).hasValue(200);
  }

  /** Wrong until so many events after a change, in each of three. */
  private static Recovery recovery(int rareBack, int commonBack) {
    Recovery recovery = new Recovery(2, 10_000);
    for (int i = 0; i < 40_000; i++) {
      int label = i % 20 == 0 ? 1 : 0;
      recovery.decided(i, label, i % 10_000 >= (label == 1 ? rareBack : commonBack));
    }
    return recovery;
  }
}
