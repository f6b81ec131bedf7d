package dev.counterweight.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FreshnessTest {
  private final Freshness freshness = new Freshness();

  private List<Long> known(int partition, long to) {
    List<Long> timestamps = new ArrayList<>();
    freshness.known(new TreeMap<>(Map.of(partition, to)), timestamps::add);
    return timestamps;
  }

  @Test
  void anEventIsToldOfOnceWhenAModelKnowsIt() {
    for (int offset = 0; offset < 10; offset++) {
      freshness.scored(3, offset, 1000 + offset);
    }

    assertThat(known(3, 4)).containsExactly(1000L, 1001L, 1002L, 1003L);
    assertThat(known(3, 4)).isEmpty();
    assertThat(known(7, 100)).as("another partition").isEmpty();
    assertThat(known(3, 100)).hasSize(6);
  }

  @Test
  void whatAModelKnewBeforeItWasScoredIsNotToldOf() {
    known(0, 100);

    freshness.scored(0, 99, 1);
    freshness.scored(0, 100, 2);

    assertThat(known(0, 200)).containsExactly(2L);
  }

  @Property(tries = 50)
  void theSampleIsBoundedAndSpansAllThatIsNotKnown(
      @ForAll @IntRange(min = 1, max = 100_000) int events,
      @ForAll @IntRange(min = 1, max = 7) int step) {
    Freshness sampled = new Freshness();
    for (long i = 0; i < events; i++) {
      sampled.scored(0, i * step, i);
      assertThat(sampled.noted(0)).isLessThanOrEqualTo(Freshness.CAPACITY);
    }

    List<Long> told = new ArrayList<>();
    sampled.known(new TreeMap<>(Map.of(0, (long) events * step)), told::add);

    assertThat(told).hasSizeBetween(Math.min(events, 60), Freshness.CAPACITY).isSorted();
    assertThat(told.get(0)).isZero();
    assertThat(told.get(told.size() - 1)).isGreaterThan(events - 1 - Math.max(1, events / 60L) * 8);
    assertThat(sampled.noted(0)).isZero();
  }
}
