package dev.counterweight.speed;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StageTest {
  private static final long MS = 1_000_000;

  /** Ten events from offset 100 on, one due every 10 ms. */
  private final LoadLevel level = new LoadLevel(0.5, 100, 100, 1_000 * MS, 10);

  private final Stage stage = new Stage();

  @Test
  void anEventWaitsFromWhenItWasDueUntilAllBeforeItCameSoFar() {
    stage.reached(102, 1_050 * MS);
    stage.reached(110, 1_200 * MS);

    assertThat(stage.sinceDueMs(level, 100))
        .containsExactly(40, 50, 110, 120, 130, 140, 150, 160, 170, 180);
    assertThat(stage.whenNs(102)).isEqualTo(1_050 * MS);
    assertThat(stage.whenNs(103)).isEqualTo(1_200 * MS);
  }

  @Test
  void eventsThatAreLeftOutOrNeverCameAreNotTold() {
    stage.reached(105, 1_050 * MS);

    assertThat(stage.sinceDueMs(level, 103)).containsExactly(10, 20);
    assertThat(stage.whenNs(106)).isZero();
  }

  @Test
  void whatIsSaidAgainOrComesLateChangesNothing() {
    stage.reached(110, 1_100 * MS);
    stage.reached(110, 2_000 * MS);
    stage.reached(105, 2_000 * MS);

    assertThat(stage.whenNs(101)).isEqualTo(1_100 * MS);
    assertThat(stage.end()).isEqualTo(110);
  }
}
