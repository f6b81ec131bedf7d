package dev.counterweight.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StreamsTest {
  private final List<DataSet> all = Streams.ofPriors();

  @Test
  void theirNamesAreThoseListed() {
    assertThat(all).extracting(DataSet::name).isEqualTo(Streams.PRIORS);
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
  void ofStreamsThatChangeWhatTellsTheClassesDoesAndNotThePriors() {
    List<DataSet> changing = Streams.changing();
    assertThat(changing).extracting(DataSet::name).isEqualTo(Streams.CHANGING);
    for (DataSet set : changing) {
      for (int from = 0; from < set.size(); from += Streams.KEPT) {
        assertThat(share(set, 1, from, from + Streams.KEPT)).isBetween(0.04, 0.06);
      }
    }
    DataSet moved = changing.get(0);
    assertThat(mean(moved, 1, 0, 0)).isBetween(1.8, 2.2);
    assertThat(mean(moved, 1, 0, 2)).isBetween(-0.2, 0.2);
    assertThat(mean(moved, 1, 1, 2)).isBetween(1.8, 2.2);
    assertThat(mean(moved, 0, 1, 2)).isBetween(-0.2, 0.2);
    DataSet flipped = changing.get(1);
    assertThat(mean(flipped, 0, 0, 0)).isBetween(0.9, 1.3);
    assertThat(mean(flipped, 0, 1, 0)).isBetween(-0.2, 0.2);
    assertThat(mean(flipped, 1, 1, 0)).isBetween(0.9, 1.3);
  }

  @Test
  void theSetsOfACommandAreItsFilesOrThoseNamedAndMadeOnes() throws IOException {
    assertThat(new Sets(Path.of("none"), List.of("none"), null, true).all())
        .extracting(EventSet::name)
        .containsExactly("ratio", "swapped", "runs", "moved", "flipped");
    assertThat(new Sets(Path.of("none"), List.of("gaussians", "runs"), 50L, false).all())
        .extracting(EventSet::name, EventSet::size)
        .containsExactly(tuple("gaussians", 50), tuple("runs", 50));
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

  /** A feature's mean over a class's events between two changes. */
  private static double mean(DataSet set, int label, int stretch, int feature) {
    int width = set.features().size();
    return IntStream.range(stretch * Streams.KEPT, (stretch + 1) * Streams.KEPT)
        .filter(i -> set.labels()[i] == label)
        .mapToDouble(i -> set.rows()[i * width + feature])
        .average()
        .orElseThrow();
  }

  private static double share(DataSet set, int label, int from, int to) {
    return Arrays.stream(set.labels(), from, to).filter(l -> l == label).count()
        / (double) (to - from);
  }
}
