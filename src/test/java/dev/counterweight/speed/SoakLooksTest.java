package dev.counterweight.speed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SoakLooksTest {
  private final SoakLooks looks = new SoakLooks();

  @Test
  void whatGrowsBehindTheWarmingIsTold() {
    for (int i = 0; i < 100; i++) {
      double warming = Math.min(i, 10) * 100;
      looks.add(i / 100.0, Map.of("threads", warming, "leaking, MiB", warming + i));
    }
    SoakLooks.Verdict verdict = looks.after(0.15);
    assertThat(verdict.flat()).isFalse();
    assertThat(verdict.table())
        .contains("| threads | 1000.0 | 1000.0 | 1000.0 | 0.00 ± 0.0 | flat |");
    assertThat(verdict.table()).containsPattern("\\| leaking, MiB .*\\*\\*grows\\*\\*");
  }

  @Test
  void whatIsFlatIsFlat() {
    for (int i = 0; i < 20; i++) {
      looks.add(i / 20.0, Map.of("threads", 7.0));
    }
    assertThat(looks.after(0).flat()).isTrue();
  }

  @Test
  void whatWasOftenNotKnownIsNotCalledFlat() {
    for (int i = 0; i < 20; i++) {
      looks.add(i / 20.0, i % 2 == 0 ? Map.of("lag", 0.0) : Map.of("lag", Double.NaN));
    }
    SoakLooks.Verdict verdict = looks.after(0);
    assertThat(verdict.flat()).isFalse();
    assertThat(verdict.table()).contains("| lag | | | | | **known in 10 of 20 looks** |");
  }

  @Test
  void everyLookIsALine() {
    looks.add(0, Map.of());
    looks.add(0.5, Map.of("lag", 3.0));
    assertThat(looks.csv()).containsExactly("hours;lag", "0.00000;NaN", "0.50000;3.0");
  }
}
