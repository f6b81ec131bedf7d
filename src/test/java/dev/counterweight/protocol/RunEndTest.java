package dev.counterweight.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RunEndTest {
  private static final long BEFORE = 6;
  private static final long SINCE = 7;

  private final RunEnd run = new RunEnd(new TreeMap<>(Map.of(0, 10L, 1, 0L)), SINCE);

  @Test
  void markNotBelowTheEndAtStartIsTheRunsOwnWhereverItIsCarried() {
    assertThat(run.owns(Map.of(0, 10L, 1, 3L), BEFORE)).isTrue();
    assertThat(run.owns(Map.of(0, 10L), BEFORE)).isTrue();
    assertThat(run.owns(Map.of(0, 9L, 1, 3L), BEFORE)).isFalse();
    assertThat(run.owns(Map.of(1, 3L), BEFORE)).isFalse();
  }

  @Test
  void markCarriedSinceTheStartIsTheRunsOwnHoweverLowItIs() {
    assertThat(run.owns(Map.of(0, 1L), SINCE)).isTrue();
  }

  @Test
  void withoutMarksThereIsNoEnd() {
    assertThat(run.owns(Map.of(), SINCE)).isFalse();
    assertThat(RunEnd.reached(Map.of(), partition -> 5)).isFalse();
  }

  @Test
  void endIsReachedOnceEveryPartitionIsDoneUpToItsMark() {
    Map<Integer, Long> marks = Map.of(0, 5L, 1, 0L);
    assertThat(RunEnd.reached(marks, partition -> partition == 0 ? 5 : 0)).isTrue();
    assertThat(RunEnd.reached(marks, partition -> partition == 0 ? 4 : 9)).isFalse();
  }
}
