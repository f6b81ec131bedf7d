package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlainAttemptsTest {
  private final PlainAttempts attempts = new PlainAttempts();

  private int passedOver() {
    int passed = 0;
    while (!attempts.isDue()) {
      passed++;
    }
    return passed;
  }

  @Test
  void everyValueIsTriedAsLongAsAllArePlain() {
    for (int i = 0; i < 100; i++) {
      assertThat(passedOver()).isZero();
      assertThat(attempts.tell(true)).isTrue();
    }
  }

  @Test
  void missesInARowAreTriedEverLessOften() {
    List<Integer> passed = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      passed.add(passedOver());
      assertThat(attempts.tell(false)).isFalse();
    }

    assertThat(passed).containsExactly(0, 1, 2, 4, 8, 16, 32, 64, 64);
  }

  @Test
  void aHitEndsThat() {
    for (int i = 0; i < 9; i++) {
      passedOver();
      attempts.tell(false);
    }
    passedOver();
    attempts.tell(true);

    assertThat(passedOver()).isZero();
    attempts.tell(false);
    assertThat(passedOver()).isEqualTo(1);
  }
}
