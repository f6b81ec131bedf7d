package dev.counterweight.forest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowWindowTest {
  private static final int MOST = 2_048;

  @Test
  void aClassHasItsNewestRowsInTheBinsOfTheEdgesThatThereAre() {
    RowWindow window = new RowWindow(1, new long[2]);
    for (int i = 0; i < MOST + 10; i++) {
      window.add(new float[] {9, i}, 1, 1);
    }
    window.add(new float[] {-1}, 0, 0);
    assertThat(window.held()).isEqualTo(MOST + 1);

    window.renewEdges();
    assertThat(window.edges(0)).isEqualTo(RowWindow.BINS - 1);
    byte[] bins = window.bins(0);
    int[] rows = window.rows();
    assertThat(window.labels()[rows[0]]).isZero();
    assertThat(bins[rows[0]]).isZero();
    assertThat(bins[rows[1 + 9]]).as("2057, which took the place of 9").isEqualTo((byte) 31);
    assertThat(bins[rows[1 + 10]]).as("10, the oldest left").isZero();
  }

  @Test
  void fewDistinctValuesHaveABinEach() {
    RowWindow window = new RowWindow(1, new long[1]);
    for (int i = 0; i < 300; i++) {
      window.add(new float[] {i % 3}, 0, 0);
    }
    window.renewEdges();
    assertThat(window.edges(0)).isEqualTo(2);
    assertThat(window.edge(0, 0)).isEqualTo(0.5f);
    assertThat(window.edge(0, 1)).isEqualTo(1.5f);
  }

  @Test
  void whatNeverVariesHasNoEdge() {
    RowWindow window = new RowWindow(1, new long[1]);
    window.add(new float[] {7}, 0, 0);
    window.add(new float[] {7}, 0, 0);
    window.renewEdges();
    assertThat(window.edges(0)).isZero();
  }

  @Test
  void classesWeighAlikeWhateverIsHeldOfThem() {
    RowWindow window = new RowWindow(1, new long[3]);
    for (int i = 0; i < 90; i++) {
      window.add(new float[] {i}, 0, 0);
    }
    for (int i = 0; i < 10; i++) {
      window.add(new float[] {i}, 0, 2);
    }
    double[] weights = window.weights();
    assertThat(90 * weights[0]).isEqualTo(50);
    assertThat(10 * weights[2]).isEqualTo(50);
    assertThat(weights[1]).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 1_984, 1_985, 1_986, 2_048, 2_500})
  void whereClassesWereAddedTheNewestRowsAreHeldAndGoOn(int rows) {
    long[] held = new long[32];
    RowWindow window = new RowWindow(1, held);
    for (int i = 0; i < rows; i++) {
      window.add(new float[] {i}, 0, 0);
    }
    window.renewEdges();
    SortedMap<String, Tensor> saved = state(window, held).save();
    saved.put("forest.held", new Tensor.I64(Arrays.copyOf(held, 33), List.of(33L)));
    long[] slots = (long[]) Objects.requireNonNull(saved.get("forest.slots")).values();
    saved.put("forest.slots", new Tensor.I64(Arrays.copyOf(slots, 33), List.of(33L)));

    long[] more = new long[33];
    RowWindow grown = new RowWindow(1, more);
    state(grown, more).check(saved).run();
    int most = (1 << 16) / 33;
    assertThat(grown.held()).isEqualTo(Math.min(rows, most));
    for (int i = rows; i < rows + 10; i++) {
      grown.add(new float[] {i}, 0, 0);
    }
    assertThat(values(grown, more))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(Math.max(0, rows + 10 - most), rows + 10)
                .mapToObj(i -> (float) i)
                .toList());
  }

  private static State state(RowWindow window, long[] held) {
    return State.of(
        all -> all.longs("forest.held", held), all -> window.declare(all.in("forest.")));
  }

  private static List<Float> values(RowWindow window, long[] held) {
    float[] rows =
        (float[]) Objects.requireNonNull(state(window, held).save().get("forest.rows")).values();
    return IntStream.range(0, rows.length).mapToObj(i -> rows[i]).toList();
  }

  @Test
  void manyClassesOfManyFeaturesAreBoundedTogether() {
    RowWindow window = new RowWindow(5_000, new long[10]);
    float[] row = new float[5_000];
    for (int i = 0; i < 200; i++) {
      window.add(row, 0, 3);
    }
    assertThat(window.held()).isEqualTo((1 << 22) / 50_000);
  }
}
