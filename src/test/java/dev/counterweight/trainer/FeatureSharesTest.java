package dev.counterweight.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.batch.MiniBatch.Draws;
import dev.counterweight.batch.MiniBatch.EvaluationSlice;
import dev.counterweight.config.JobConfig;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.TrainerReport.FeatureShare;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureSharesTest {
  /** Columns a, c, t[0], t[1]. */
  private static final FeatureSchema LAYOUT =
      FeatureSchema.of(
          List.of("a", "c", "t"),
          List.of(
              "number(missing='0')",
              "category(buckets=50,width=2,seed=1,missing=mean)",
              "categories(buckets=20,width=2,seed=1,items=2)"));

  @TempDir Path folder;
  private final FeatureShares shares = new FeatureShares(LAYOUT);

  @Test
  void aFeatureIsMissingInTheShareOfTheWeightThatTheRecordTells() {
    shares.scored(slice(new float[] {1, 3}, new float[] {3, 0, 0}, 0, 1, 1, -1, 0, 2, 1, -1));
    shares.scored(slice(new float[] {4}, new float[] {0, 4, 0}, 0, 0, 1, -1));

    assertThat(share("a").missingSinceStart()).isEqualTo(3.0 / 8);
    assertThat(share("c").missingSinceStart()).isEqualTo(4.0 / 8);
    assertThat(share("t").missing()).as("may not be").isNull();
  }

  @Test
  void aCategoryIsUnseenUntilADrawHasNamedIt() {
    shares.scored(slice(new float[] {1, 1}, new float[3], 0, 4, 1, -1, 0, 5, 1, 2));
    shares.drawn(draws(0, 4, 1, -1));
    shares.scored(slice(new float[] {1, 1}, new float[3], 0, 4, 1, -1, 0, 5, 1, 2));

    assertThat(share("c").unseenSinceStart()).isEqualTo(3.0 / 4);
    assertThat(share("t").unseenSinceStart()).as("any of its items").isEqualTo(3.0 / 4);
    assertThat(share("a").unseen()).as("no category").isNull();
  }

  @Test
  void whatIsMissingIsNoUnseenCategory() {
    shares.scored(slice(new float[] {1}, new float[] {0, 1, 0}, 0, 0, 1, -1));

    assertThat(share("c").unseenSinceStart()).isEqualTo(0.0);
  }

  @Test
  void whatCameLatelyCountsForMoreInWhatFades() {
    for (int i = 0; i < 20_000; i++) {
      shares.scored(slice(new float[] {1}, new float[3], 0, 1, 1, -1));
    }
    for (int i = 0; i < 5_000; i++) {
      shares.scored(slice(new float[] {1}, new float[] {1, 0, 0}, 0, 1, 1, -1));
    }

    assertThat(share("a").missingSinceStart()).isEqualTo(0.2);
    assertThat(share("a").missing()).isCloseTo(1 - Math.exp(-5_000 / 2_048.0), within(0.01));
  }

  @Test
  void nothingIsKnownBeforeARowIsScored() {
    assertThat(share("a").missing()).isNull();
    assertThat(share("c").unseenSinceStart()).isNull();
  }

  @Test
  void ofFeaturesThatAreThereAndNumbersNothingIsKept() {
    FeatureShares none = new FeatureShares(FeatureSchema.ofNumbers(List.of("x", "y")));

    assertThat(none.shares()).isEmpty();
    assertThat(none.state()).isEmpty();
  }

  @Test
  void aRunGoesOnFromACheckpointWithTheSameShares() throws Exception {
    JobConfig config = new TrainerJob("localhost:1", "any", folder).with(LAYOUT).config();
    try (TrainingRun whole = new TrainingRun(config);
        TrainingRun resumed = new TrainingRun(config)) {
      whole.train(batch(0));
      resumed.restore("first", whole.files());
      whole.train(batch(1));
      resumed.train(batch(1));

      assertThat(resumed.featureShares().shares()).isEqualTo(whole.featureShares().shares());
      SafeTensors state = TrainingRuns.file(resumed, "state.safetensors");
      assertThat(resumed.files().get("state.safetensors"))
          .isEqualTo(whole.files().get("state.safetensors"));
      String document = Files.readString(Path.of("docs/checkpoint.md"));
      assertThat(state.tensors().keySet().stream().filter(name -> name.startsWith("features.")))
          .hasSize(8)
          .allSatisfy(
              name ->
                  assertThat(document)
                      .contains("`" + name.replaceFirst("drawn\\..*", "drawn.NAME") + "`"));
    }
  }

  @Test
  void aRunJudgesARecordsCategoriesBeforeItsDrawsMakeThemSeen() {
    EvaluationSlice slice = batch(0).evaluation();
    double all = 0;
    double known = 0;
    for (int row = 0; row < slice.rows(); row++) {
      all += slice.weights()[row];
      known += slice.features()[row * LAYOUT.columnCount() + 1] == 0 ? slice.weights()[row] : 0;
    }
    JobConfig config = new TrainerJob("localhost:1", "any", folder).with(LAYOUT).config();
    try (TrainingRun run = new TrainingRun(config)) {
      run.train(batch(0));

      assertThat(requireNonNull(run.featureShares().shares().get("c")).unseenSinceStart())
          .isEqualTo((all - known) / all);
    }
  }

  @Test
  void stateOfATableOfAnotherSizeIsRefused() {
    SortedMap<String, Tensor> saved = new TreeMap<>(shares.state());
    saved.put("features.drawn.c", new Tensor.U8(new byte[3], 3));

    assertThatThrownBy(() -> shares.restore(saved))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("features.drawn.c");
  }

  private static dev.counterweight.batch.MiniBatch batch(int number) {
    return DeclaredFeatures.batch(number, LAYOUT);
  }

  private FeatureShare share(String feature) {
    return requireNonNull(shares.shares().get(feature));
  }

  private static EvaluationSlice slice(float[] weights, float[] missing, float... rows) {
    int n = weights.length;
    return new EvaluationSlice(rows, new long[n], weights, new int[n], new long[n], missing);
  }

  private static Draws draws(float... rows) {
    int n = rows.length / 4;
    return new Draws(rows, new long[n], new float[n], new int[n], new long[n], new byte[n]);
  }
}
