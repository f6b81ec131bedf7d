package dev.counterweight.quality;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StreamsTest {
  private final List<DataSet> all = Streams.all();

  @Test
  void theirNamesAreThoseListed() {
    assertThat(all).extracting(DataSet::name).isEqualTo(Streams.NAMES);
  }

  @Test
  void theRareClassBecomesTenTimesAsCommonAndRareAgain() {
    DataSet ratio = all.get(0);
    assertThat(share(ratio, 1, 0, 20_000)).isBetween(0.008, 0.012);
    assertThat(share(ratio, 1, 20_000, 40_000)).isBetween(0.09, 0.11);
    assertThat(share(ratio, 1, 40_000, 60_000)).isBetween(0.008, 0.012);
  }

  @Test
  void rareAndCommonSwapAndRunsAreOfOneClass() {
    assertThat(share(all.get(1), 1, 0, 30_000)).isBetween(0.02, 0.04);
    assertThat(share(all.get(1), 0, 30_000, 60_000)).isBetween(0.02, 0.04);
    assertThat(share(all.get(2), 2, 3_000, 4_500)).isEqualTo(1);
  }

  @Test
  void aStreamThatChangesIsReplayedByAJobThatForgetsToo() {
    Map<String, String> own = Map.of("seed", "3");

    assertThat(Quality.variants(own, false, false)).isEqualTo(Map.of("job", own));
    assertThat(Quality.variants(own, true, true))
        .containsOnlyKeys("job", "half-life", "natural")
        .containsEntry("half-life", Map.of("seed", "3", "counts.half.life", "2000 events"));
    assertThat(Quality.variants(Map.of("counts.half.life", "9 events"), true, false))
        .containsEntry("half-life", Map.of("counts.half.life", "9 events"));
  }

  private static double share(DataSet set, int label, int from, int to) {
    return Arrays.stream(set.labels(), from, to).filter(l -> l == label).count()
        / (double) (to - from);
  }
}
