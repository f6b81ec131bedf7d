package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.exporting.MadeCheckpoint;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServedModelTest {
  private static final int ROWS = 700;
  private static final FeatureSchema FEATURES =
      FeatureSchema.of(
          List.of("amount", "age", "country"),
          List.of("number", "number(missing=mean)", "category(buckets=50,width=5,seed=3)"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cross-entropy",
        "focal",
        "logit-adjusted",
        "ldam",
        "threshold",
        "costs",
        "linear",
        "gelu",
        "mixture",
        "guest",
        "linear mixture",
        "recent"
      })
  void nothingIsAllocatedToScoreARow(String what) {
    ServedModel model = model(what);
    Scratch scratch = model.scratch();
    float[] rows = rows();
    for (int i = 0; i < 3 * ROWS; i++) {
      model.score(rows, i % ROWS * 4, scratch);
    }
    // The compiler of hot code is done in its own time: until then a row may cost an object.
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 50 && least >= ROWS; round++) {
      least = Math.min(least, allocated(model, rows, scratch));
    }

    // A byte a row would be more than this.
    assertThat(least).isLessThan(ROWS);
  }

  private static long allocated(ServedModel model, float[] rows, Scratch scratch) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    for (int i = 0; i < ROWS; i++) {
      model.score(rows, i * 4, scratch);
    }
    return threads.getThreadAllocatedBytes(thread) - before;
  }

  @ParameterizedTest
  @ValueSource(strings = {"threshold", "mixture", "guest", "linear mixture"})
  void rowsTogetherAreScoredAsEachByItself(String what) {
    ServedModel model = model(what);
    Scratch alone = model.scratch();
    Scratch together = model.scratch();
    float[] rows = rows();
    rows[4 * 300] = Float.NaN;
    List<Integer> told = new ArrayList<>();

    model.score(
        rows,
        ROWS,
        together,
        row -> {
          model.score(rows, 4 * row, alone);
          assertThat(together.probabilities()).isEqualTo(alone.probabilities());
          assertThat(together.decision()).isEqualTo(alone.decision());
          assertThat(together.logits()).isEqualTo(alone.logits());
          assertThat(together.scored()).isEqualTo(row != 300);
          told.add(row);
        });

    assertThat(told).hasSize(ROWS).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void ofTheCandidatesThoseAreScoredThatCount() {
    MadeCheckpoint made = new MadeCheckpoint(6).features(FEATURES).quantiles(8);
    StoredCheckpoint one =
        made.candidates(new Candidates(2, true, false), 0.0, 0.0, 1.0, 0.0).make();
    ServedModel model = ServedCheckpoint.of(one);
    Scratch scratch = model.scratch();
    float[] rows = rows();
    model.score(rows, 0, scratch);

    assertThat(scratch.logits()).hasSize(3);
    ServedModel alone = ServedCheckpoint.of(MadeCheckpoint.alone(one, "average.0."));
    Scratch own = alone.scratch();
    for (int row = 0; row < ROWS; row++) {
      model.score(rows, 4 * row, scratch);
      alone.score(rows, 4 * row, own);
      assertThat(scratch.probabilities()).isEqualTo(own.probabilities());
      assertThat(scratch.decision()).isEqualTo(own.decision());
      assertThat(scratch.logits()).isEqualTo(own.logits());
    }
    assertThat(model.reasons(rows, 0, scratch, 3)).isEqualTo(alone.reasons(rows, 0, own, 3));
  }

  @Test
  void aGuestIsServedByItsAverageAsALinearModelIs() {
    StoredCheckpoint stored =
        new MadeCheckpoint(6)
            .candidates(new Candidates(2, true, true), 0.0, 0.0, 0.0, 0.0, 1.0)
            .make();
    ServedModel model = ServedCheckpoint.of(stored);
    Scratch scratch = model.scratch();
    SafeTensors tensors = MadeCheckpoint.parameters(stored);
    float[] bias = tensors.floats("average.linear.0.bias");
    float[] weights = tensors.floats("average.linear.0.weight");
    float[] row = tensors.floats("normalizer.mean").clone();

    model.score(row, 0, scratch);
    assertThat(scratch.logits()).isEqualTo(bias);

    row[1] += tensors.floats("normalizer.std")[1];
    model.score(row, 0, scratch);
    for (int c = 0; c < 3; c++) {
      assertThat(scratch.logits()[c]).isCloseTo(bias[c] + weights[4 * c + 1], within(1e-4f));
    }
  }

  @Test
  void aGuestsOwnNetworkHasToBeWhole() {
    StoredCheckpoint stored =
        new MadeCheckpoint(6)
            .candidates(new Candidates(2, true, true), 0.2, 0.0, 0.1, 0.3, 0.4)
            .make();
    SortedMap<String, Tensor> tensors = new TreeMap<>(MadeCheckpoint.parameters(stored).tensors());
    tensors.remove("linear.0.weight");
    SortedMap<String, byte[]> files = new TreeMap<>(stored.files());
    files.put(StoredCheckpoint.MODEL, new SafeTensors(tensors).toBytes());

    assertThatThrownBy(
            () ->
                ServedCheckpoint.of(
                    new StoredCheckpoint(
                        stored.ref(), stored.location(), stored.manifest(), files)))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("linear.0.weight");
  }

  private static ServedModel model(String what) {
    MadeCheckpoint made = new MadeCheckpoint(6).features(FEATURES).quantiles(8);
    switch (what) {
      case "focal" -> made.loss(what, Map.of("gamma", 2.0));
      case "logit-adjusted" -> made.loss(what, Map.of("tau", 1.0, "label_smoothing", 0.1));
      case "ldam" -> made.loss(what, Map.of("ldam_scale", 10.0));
      case "threshold", "costs" -> made.decision(what);
      case "recent" -> made.recent(true);
      case "linear" -> made.layers("none");
      case "mixture" -> made.candidates(new Candidates(2, true, false), 0.2, 0.0, 0.5, 0.3);
      case "guest" -> made.candidates(new Candidates(2, true, true), 0.2, 0.0, 0.1, 0.3, 0.4);
      case "linear mixture" ->
          made.layers("none").candidates(new Candidates(3, false, false), 0.2, 0.5, 0.3);
      case "gelu" -> made.layers(what, 9);
      default -> {}
    }
    return ServedCheckpoint.of(made.make());
  }

  private static float[] rows() {
    SplittableRandom random = new SplittableRandom(3);
    float[] rows = new float[ROWS * 4];
    for (int i = 0; i < rows.length; i++) {
      rows[i] =
          switch (i % 4) {
            case 0 -> (float) random.nextGaussian() * 90;
            case 1 -> random.nextInt(4) == 0 ? Float.NaN : (float) random.nextGaussian() * 90;
            case 2 -> Float.isNaN(rows[i - 1]) ? 1 : 0;
            default -> random.nextInt(50);
          };
    }
    return rows;
  }
}
