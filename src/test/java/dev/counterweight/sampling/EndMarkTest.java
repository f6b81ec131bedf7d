package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.weights.ClassWeights;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EndMarkTest {
  private static final SortedMap<Integer, Long> AT_START = new TreeMap<>(Map.of(0, 10L, 1, 0L));

  @Test
  void markAtOrBeyondTheEndAtStartIsObeyed() {
    EndMark end = EndMark.from(AT_START);
    end.see(with(Map.of(0, 10L, 1, 3L)));
    assertThat(end.isSet()).isTrue();
    assertThat(end.of(1)).isEqualTo(3);
    assertThat(end.limit(0, 12)).isEqualTo(10);
    assertThat(end.limit(0, 8)).isEqualTo(8);
  }

  @Test
  void markOfAnEarlierRunIsNot() {
    EndMark end = EndMark.from(AT_START);
    end.see(with(Map.of(0, 9L, 1, 3L)));
    assertThat(end.isSet()).isFalse();
    assertThat(end.limit(0, 12)).isEqualTo(12);
  }

  @Test
  void goingBackToASnapshotWithoutMarkUnsetsIt() {
    EndMark end = EndMark.from(AT_START);
    end.see(with(Map.of(0, 10L, 1, 0L)));
    end.see(with(Map.of()));
    assertThat(end.isSet()).isFalse();
  }

  @Test
  void roleStartedWithoutTheFlagNeverStops() {
    EndMark end = EndMark.never();
    end.see(with(Map.of(0, 10L, 1, 0L)));
    assertThat(end.isSet()).isFalse();
  }

  private static ClassWeights with(Map<Integer, Long> end) {
    ClassWeights base = Snapshots.balancedOf(5, 5);
    return new ClassWeights(
        base.job(),
        base.version(),
        base.asOfMs(),
        base.classes(),
        base.events(),
        base.n(),
        base.weighted(),
        base.priors(),
        base.weights(),
        base.formula(),
        base.parameters(),
        base.covered(),
        base.from(),
        new TreeMap<>(end),
        base.clusterId(),
        base.topicId());
  }
}
