package dev.counterweight.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.config.JobConfig;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingRunTest {
  private static final String STATE = "state.safetensors";

  @Test
  void aRestoredRunGivesTheSameBytes() {
    SortedMap<String, byte[]> files = trained();
    try (TrainingRun run = run()) {
      run.restore("any", files);

      TrainingRuns.assertSaves(run, files);
    }
  }

  /** To the end of a job that stopped nowhere, and by the same shares. */
  @ParameterizedTest
  @CsvSource({"'0.3,1,3', 0", "'0.3,3', 0.9", "1, 0.9"})
  void aRestoredRunOfSeveralNetworksGoesOnAsIfItHadNeverStopped(String rates, String average) {
    JobConfig config = job().with("model.rates", rates).with("model.average", average).config();
    try (TrainingRun whole = new TrainingRun(config);
        TrainingRun first = new TrainingRun(config);
        TrainingRun second = new TrainingRun(config)) {
      for (int i = 0; i < 12; i++) {
        whole.train(TrainerJob.batch(i));
        (i < 7 ? first : second).train(TrainerJob.batch(i));
        if (i == 6) {
          second.restore("any", first.files());
          assertThat(second.candidateShares()).isEqualTo(first.candidateShares());
        }
      }

      assertThat(second.candidateShares())
          .isEqualTo(whole.candidateShares())
          .hasSize(config.trainer().model().candidates().count());
      TrainingRuns.assertSaves(second, whole.files());
    }
  }

  @Test
  void aRestoredRunOfRecentLabelsGoesOnAsIfItHadNeverStopped() {
    JobConfig config = ofRecentLabels();
    try (TrainingRun whole = new TrainingRun(config);
        TrainingRun first = new TrainingRun(config);
        TrainingRun second = new TrainingRun(config)) {
      for (int i = 0; i < 12; i++) {
        whole.train(TrainerJob.recent(TrainerJob.batch(i)));
        (i < 7 ? first : second).train(TrainerJob.recent(TrainerJob.batch(i)));
        if (i == 6) {
          second.restore("any", first.files());
          assertThat(second.scoring().recent().asOfNow(List.of("a", "b", "c")))
              .isEqualTo(first.scoring().recent().asOfNow(List.of("a", "b", "c")));
        }
      }

      TrainingRuns.assertSaves(second, whole.files());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "true"})
  void aRestoredRunWithAForestGoesOnAsIfItHadNeverStopped(String recent) {
    JobConfig config =
        job().with("model.forest", "7").with("events.recent.labels", recent).config();
    try (TrainingRun whole = new TrainingRun(config);
        TrainingRun first = new TrainingRun(config);
        TrainingRun second = new TrainingRun(config)) {
      for (int i = 0; i < 12; i++) {
        whole.train(TrainerJob.recent(TrainerJob.batch(i)));
        (i < 7 ? first : second).train(TrainerJob.recent(TrainerJob.batch(i)));
        if (i == 6) {
          second.restore("any", first.files());
        }
      }

      assertThat(second.scoring().forest().shares())
          .isPresent()
          .isEqualTo(whole.scoring().forest().shares())
          .isNotEqualTo(first.scoring().forest().shares());
      TrainingRuns.assertSaves(second, whole.files());
    }
  }

  @Test
  void aForestLearnsFromEachEventOnceHoweverOftenItIsDrawn() {
    JobConfig config = job().with("model.forest", "7").config();
    try (TrainingRun run = new TrainingRun(config)) {
      int fresh = 0;
      int rows = 0;
      for (int i = 0; i < 6; i++) {
        MiniBatch batch = TrainerJob.batch(i);
        for (byte flag : batch.draws().fresh()) {
          fresh += flag;
          rows++;
        }
        run.train(batch);
      }

      assertThat(TrainingRuns.file(run, STATE).tensor("forest.seen").values())
          .isEqualTo(new long[] {fresh});
      assertThat(fresh).isBetween(1, rows - 1);
    }
  }

  @Test
  void aForestCanBeAskedForLaterAndGivenUpAgain() {
    JobConfig config = job().with("model.forest", "7").config();
    try (TrainingRun without = new TrainingRun(job().config());
        TrainingRun later = new TrainingRun(config);
        TrainingRun again = new TrainingRun(job().config())) {
      without.train(TrainerJob.batch(0));
      later.restore("any", without.files());
      assertThat(later.scoring().forest().shares()).isEmpty();
      later.train(TrainerJob.batch(1));
      assertThat(later.scoring().forest().shares()).isPresent();
      again.restore("any", later.files());

      assertThat(again.files()).doesNotContainKey("forest.safetensors");
      assertThat(TrainingRuns.file(again, STATE).tensors().keySet())
          .noneMatch(name -> name.startsWith("forest."));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "forest.held",
        "forest.trees",
        "forest.features",
        "forest.rights",
        "forest.thresholds",
        "forest.slow",
        "forest.quick"
      })
  void aForestThatLacksPartOfWhatScoresIsRefusedByName(String tensor) {
    SortedMap<String, byte[]> files = trainedWithAForest();
    TrainingRuns.change(
        files, "forest.safetensors", all -> assertThat(all.remove(tensor)).isNotNull());

    assertForestRefused(files, tensor);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "forest.slots",
        "forest.rows",
        "forest.edges",
        "forest.seen",
        "forest.built",
        "forest.pool.parameters",
        "forest.pool.squares"
      })
  void aForestThatLacksPartOfWhatItLearnsFromIsRefusedByName(String tensor) {
    SortedMap<String, byte[]> files = trainedWithAForest();
    TrainingRuns.change(files, STATE, all -> assertThat(all.remove(tensor)).isNotNull());

    assertForestRefused(files, tensor);
  }

  @Test
  void aForestWithoutItsFileIsRefused() {
    SortedMap<String, byte[]> files = trainedWithAForest();
    files.remove("forest.safetensors");

    assertForestRefused(files, "forest.held");
  }

  private static SortedMap<String, byte[]> trainedWithAForest() {
    try (TrainingRun run = new TrainingRun(job().with("model.forest", "7").config())) {
      for (int i = 0; i < 4; i++) {
        run.train(TrainerJob.batch(i));
      }
      return run.files();
    }
  }

  private static void assertForestRefused(SortedMap<String, byte[]> files, String why) {
    try (TrainingRun run = new TrainingRun(job().with("model.forest", "7").config())) {
      assertThatThrownBy(() -> run.restore("step-1", files))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining(why);
    }
  }

  @Test
  void recentLabelsCanBeAskedForLaterAndGivenUpAgain() {
    JobConfig config = job().with("events.recent.labels", "true").config();
    try (TrainingRun without = new TrainingRun(job().config());
        TrainingRun later = new TrainingRun(config);
        TrainingRun again = new TrainingRun(job().config())) {
      without.train(TrainerJob.batch(0));
      later.restore("any", without.files());
      later.train(TrainerJob.recent(TrainerJob.batch(1)));
      assertThat(later.scoring().recent().late().stack().temperature()).isNotEqualTo(1);
      again.restore("any", later.files());
      again.train(TrainerJob.recent(TrainerJob.batch(2)));

      assertThat(TrainingRuns.file(again, STATE).tensors()).doesNotContainKey("recent.parameters");
    }
  }

  /** Corrections fitted on rows that know every label before them are not good for others. */
  @Test
  void whoeverGivesRecentLabelsUpGoesOnFromWhatItsCheckpointsServedBy() {
    SortedMap<String, byte[]> files = trainedWithRecentLabels();
    SafeTensors state = TrainingRuns.file(files, STATE);
    try (TrainingRun without = new TrainingRun(job().with("decision", "recall(a,0.9)").config())) {
      without.restore("any", files);

      SafeTensors goesOn = TrainingRuns.file(without, STATE);
      for (String name : List.of("calibrator.parameters", "threshold.weights")) {
        assertThat(goesOn.tensor(name).values())
            .as(name)
            .isEqualTo(state.tensor("late." + name).values())
            .isNotEqualTo(state.tensor(name).values());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "recent.parameters",
        "recent.squares",
        "recent.partitions",
        "recent.shares",
        "late.recent.parameters",
        "late.recent.squares",
        "late.known",
        "late.checkpoints",
        "late.calibrator.parameters",
        "late.calibrator.squares",
        "late.calibrator.rows"
      })
  void aStateThatTellsPartOfRecentLabelsIsRefusedByName(String tensor) {
    SortedMap<String, byte[]> files = trainedWithRecentLabels();
    TrainingRuns.change(files, STATE, all -> assertThat(all.remove(tensor)).isNotNull());

    assertRecentRefused(files, tensor.replaceFirst("^late\\.(?=rec|cal)", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"recent.shares", "late.known"})
  void sharesOfRecentLabelsThatDoNotAddUpAreRefused(String tensor) {
    SortedMap<String, byte[]> files = trainedWithRecentLabels();
    TrainingRuns.change(
        files, STATE, all -> ((Tensor.F32) requireNonNull(all.get(tensor))).values()[4] += 0.01f);

    assertRecentRefused(files, "tensor '" + tensor + "' has shares that add up to 1.0");
  }

  private static SortedMap<String, byte[]> trainedWithRecentLabels() {
    try (TrainingRun run = new TrainingRun(ofRecentLabels())) {
      for (int i = 0; i < 4; i++) {
        run.train(TrainerJob.recent(TrainerJob.batch(i)));
      }
      return run.files();
    }
  }

  private static JobConfig ofRecentLabels() {
    return job()
        .with("events.recent.labels", "true")
        .with("decision", "recall(a,0.9)")
        .with("checkpoint.every.steps", "3")
        .config();
  }

  private static void assertRecentRefused(SortedMap<String, byte[]> files, String why) {
    try (TrainingRun run = new TrainingRun(ofRecentLabels())) {
      assertThatThrownBy(() -> run.restore("step-1", files))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining(why);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "fa-IR", "tr-TR"})
  void aRunIsTheSameWhateverTheUsersLocale(String locale) {
    SortedMap<String, byte[]> expected = filesOfAShortRun();
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(locale));
    try {
      SortedMap<String, byte[]> files = filesOfAShortRun();
      expected.forEach((file, bytes) -> assertThat(files.get(file)).as(file).isEqualTo(bytes));
    } finally {
      Locale.setDefault(before);
    }
  }

  private static SortedMap<String, byte[]> filesOfAShortRun() {
    JobConfig config = job().with("optimizer", "adamw").with("weight.decay", "0.0001").config();
    try (TrainingRun run = new TrainingRun(config)) {
      run.train(TrainerJob.batch(0));
      run.train(TrainerJob.batch(1));
      return run.files();
    }
  }

  @Test
  void aRecordThatDoesNotFitIsRefusedBeforeAnythingOfItIsUsed() {
    MiniBatch like = TrainerJob.batch(3);
    float[] weights = like.evaluation().weights().clone();
    weights[weights.length - 1] = Float.NaN;
    MiniBatch wrong =
        Batches.with(
            like,
            like.draws(),
            new MiniBatch.EvaluationSlice(
                like.evaluation().features(),
                like.evaluation().labels(),
                weights,
                like.evaluation().sourcePartition(),
                like.evaluation().sourceOffset()),
            like.origin());
    try (TrainingRun run = run()) {
      run.train(TrainerJob.batch(0));
      SortedMap<String, byte[]> before = run.files();

      assertThatThrownBy(() -> run.train(wrong))
          .isInstanceOf(MalformedTensorsException.class)
          .hasMessage("tensor 'eval_weights' has the value NaN: must be above 0 and finite");
      TrainingRuns.assertSaves(run, before);
    }
  }

  /** Nothing is trained to unlearn: a correction is a draw of the class that it has now. */
  @Test
  void correctionsAreLearntFromAsAnyDrawIs() {
    MiniBatch plain = TrainerJob.batch(1);
    int[] replaces = new int[plain.draws().rows()];
    for (int row = 0; row < replaces.length; row++) {
      replaces[row] = row % 3 == 0 ? (plain.draws().labels()[row] == 0 ? 1 : 0) : -1;
    }
    MiniBatch corrections = Batches.replacing(plain, replaces);
    byte[][] models = new byte[2][];
    for (int i = 0; i < models.length; i++) {
      try (TrainingRun run = run()) {
        run.train(TrainerJob.batch(0));
        run.train(i == 0 ? plain : corrections);
        models[i] = model(run);
      }
    }
    assertThat(models[1]).isEqualTo(models[0]);

    replaces[0] = (int) plain.draws().labels()[0];
    try (TrainingRun run = run()) {
      assertThatThrownBy(() -> run.train(corrections))
          .isInstanceOf(MalformedTensorsException.class)
          .hasMessageContaining("tensor 'replaces' has");
    }
  }

  @Test
  void aBadStepIsLeftOutAndTheCountStartsAnewAfterAGoodOne() {
    try (TrainingRun run = new TrainingRun(job().config())) {
      run.train(TrainerJob.batch(0));
      for (int i = 0; i < 12; i++) {
        // Its first batch has rows that are good, of the record before.
        assertThat(run.train(weighted(4 * i + 1, Float.MAX_VALUE)).leftOut()).isPositive();
        byte[] before = model(run);
        assertThat(run.train(weighted(4 * i + 2, Float.MAX_VALUE)).skipped()).isPositive();
        assertThat(run.unsound().orElseThrow()).contains("steps in a row was not finite");
        assertThat(Arrays.equals(model(run), before)).as("untouched").isTrue();

        assertThat(run.train(TrainerJob.batch(4 * i + 3)).skipped()).isLessThan(3);
        run.train(TrainerJob.batch(4 * i + 4));
        assertThat(run.unsound()).isEmpty();
      }
    }
  }

  @Test
  void soManyBadStepsInARowStopTheRunWithTheReason() {
    try (TrainingRun run = new TrainingRun(job().config())) {
      run.train(TrainerJob.batch(0));
      run.train(weighted(1, Float.MAX_VALUE));

      assertThatThrownBy(
              () -> {
                for (int i = 2; i < 20; i++) {
                  run.train(weighted(i, Float.MAX_VALUE));
                }
              })
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("10 steps in a row, the newest after step 2, was not finite")
          .hasMessageContaining("learning.rate");
    }
  }

  @Test
  void rowsAreServedByWhatTheirRecordSaysWasKnownBeforeThemWhateverTheRecordBeforeSays() {
    float[] ones = {1, 1, 1};
    float[] known = {1, 10, 100};
    float[] covering = {50, 1, 0.02f};
    List<Prediction> served = new ArrayList<>();
    JobConfig config = job().ofOneNetwork().with("calibrate", "false").config();
    try (TrainingRun run = new TrainingRun(config, row -> served.add(TrainerJob.copy(row)))) {
      run.train(weighted(0, ones, covering));
      assertThat(served).hasSize(TrainerJob.EVALUATED).allSatisfy(row -> divided(row, 1, 1, 1));
      served.clear();
      run.train(weighted(1, known, covering));
      assertThat(served).hasSize(TrainerJob.EVALUATED).allSatisfy(row -> divided(row, known));
    }
  }

  @Test
  void theCalibratorLearnsNothingBeforeAnythingIsKnownOfTheStream() {
    try (TrainingRun run = run()) {
      run.train(TrainerJob.batch(0));
      assertThat(calibratorRows(run)).isZero();
      run.train(TrainerJob.batch(1));
      assertThat(calibratorRows(run)).isEqualTo(TrainerJob.EVALUATED);
    }
  }

  private static double calibratorRows(TrainingRun run) {
    return TrainingRuns.file(run, STATE).doubles("calibrator.rows", 1)[0];
  }

  private static void divided(Prediction row, float... weights) {
    double[] expected = new double[weights.length];
    double sum = 0;
    for (int c = 0; c < weights.length; c++) {
      expected[c] = row.raw()[c] / weights[c];
      sum += expected[c];
    }
    for (int c = 0; c < weights.length; c++) {
      assertThat(row.served()[c]).isCloseTo(expected[c] / sum, within(1e-9));
    }
  }

  @ParameterizedTest
  @MethodSource("tensors")
  void aTensorOfAnotherLengthIsRefusedByName(String file, String tensor) {
    SortedMap<String, byte[]> files = trained();
    TrainingRuns.change(
        files, file, all -> all.put(tensor, shortened(requireNonNull(all.get(tensor)))));

    assertRefused(files, tensor);
  }

  @ParameterizedTest
  @MethodSource("requiredTensors")
  void aMissingTensorIsRefusedByName(String file, String tensor) {
    SortedMap<String, byte[]> files = trained();
    TrainingRuns.change(files, file, all -> all.remove(tensor));

    assertRefused(files, tensor);
  }

  /** Without those that a state from before they were told goes on without. */
  static List<Arguments> requiredTensors() {
    return tensors().stream()
        .filter(
            tensor -> !Set.of("calibrator.newness", "decisions.trust").contains(tensor.get()[1]))
        .toList();
  }

  static List<Arguments> tensors() {
    List<Arguments> all = new ArrayList<>();
    trained()
        .forEach(
            (file, bytes) ->
                SafeTensors.parse(bytes)
                    .tensors()
                    .keySet()
                    .forEach(tensor -> all.add(Arguments.of(file, tensor))));
    return all;
  }

  private static void assertRefused(SortedMap<String, byte[]> files, String tensor) {
    try (TrainingRun run = run()) {
      assertThatThrownBy(() -> run.restore("step-1", files))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("step-1")
          // Pending rows are measured by their labels, so a short one may be told of the others.
          .hasMessageContaining(tensor.startsWith("pending.") ? "pending." : tensor);
    }
  }

  @Test
  void aWaitingRowThatNamesNoRowOfItsTableIsRefused() {
    try (TrainingRun run = new TrainingRun(job().with(DeclaredFeatures.ALL).config())) {
      run.train(DeclaredFeatures.batch(0));
      SortedMap<String, byte[]> files = run.files();
      TrainingRuns.change(
          files,
          STATE,
          all -> ((Tensor.F32) requireNonNull(all.get("pending.features"))).values()[3] = 50);

      assertThatThrownBy(() -> run.restore("step-1", files))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining(
              "'pending.features' has the value 50.0 in column 'country' of row 0")
          .hasMessageContaining("must be a whole number from 0 to 49");
    }
  }

  private static TrainingRun run() {
    return new TrainingRun(job().config());
  }

  private static TrainerJob job() {
    return new TrainerJob("localhost:1", "any", Path.of("unused"));
  }

  private static byte[] model(TrainingRun run) {
    return requireNonNull(run.files().get("model.safetensors"));
  }

  /** A record of other class weights, before it and in it. */
  private static MiniBatch weighted(int number, float[] known, float[] classWeight) {
    MiniBatch like = TrainerJob.batch(number);
    return new MiniBatch(
        like.draws(),
        like.evaluation(),
        new MiniBatch.Known(like.prior(), known),
        like.prior(),
        classWeight,
        like.uses(),
        like.origin());
  }

  /** A record whose draws all have this loss weight, and no evaluation rows. */
  private static MiniBatch weighted(int number, float lossWeight) {
    MiniBatch like = TrainerJob.batch(number);
    MiniBatch.Draws draws = like.draws();
    float[] weights = new float[draws.rows()];
    Arrays.fill(weights, lossWeight);
    return Batches.with(
        like,
        new MiniBatch.Draws(
            draws.features(),
            draws.labels(),
            weights,
            draws.sourcePartition(),
            draws.sourceOffset(),
            draws.fresh()),
        Batches.NO_ROWS,
        like.origin());
  }

  private static SortedMap<String, byte[]> trained() {
    try (TrainingRun run = run()) {
      run.train(TrainerJob.batch(0));
      run.train(TrainerJob.batch(1));
      return run.files();
    }
  }

  private static Tensor shortened(Tensor tensor) {
    if (tensor instanceof Tensor.F32 t) {
      int n = t.values().length - 1;
      return new Tensor.F32(Arrays.copyOf(t.values(), n), n);
    } else if (tensor instanceof Tensor.F64 t) {
      int n = t.values().length - 1;
      return new Tensor.F64(Arrays.copyOf(t.values(), n), n);
    }
    long[] values = ((Tensor.I64) tensor).values();
    return new Tensor.I64(Arrays.copyOf(values, values.length - 1), values.length - 1);
  }
}
