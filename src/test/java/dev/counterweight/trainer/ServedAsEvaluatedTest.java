package dev.counterweight.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a checkpoint's model serves is, to the bit, what the trainer tells of the record that
 * follows the checkpoint.
 */
class ServedAsEvaluatedTest {
  private static final int RECORDS = 12;
  private static final FeatureSchema PLAIN = FeatureSchema.ofNumbers(List.of("w", "x", "y", "z"));

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model=mlp",
        "model=linear",
        "model=linear model.quantiles=0",
        "model.quantiles=0",
        "model.activation=leaky-relu",
        "model.activation=tanh",
        "model.activation=sigmoid",
        "model.activation=gelu",
        "model.activation=silu",
        "calibrate=false",
        "loss.label.smoothing=0.1",
        "model.rates=0.3,1,3",
        "model.rates=0.3,3 model.average=0.9",
        "model=linear model.average=0.9",
        "model.rates=0.3,3 loss=ldam loss.ldam.scale=10 decision=argmax-scores",
        "model.rates=0.3,3 decision=recall(b,0.95) loss.label.smoothing=0.1",
        "loss=focal",
        "loss=focal loss.gamma=0.5",
        "loss=logit-adjusted loss.tau=0.7 loss.label.smoothing=0.05",
        "loss=ldam loss.ldam.scale=10",
        "weights.formula=batch",
        "checkpoint.every.steps=1 events.recent.labels=true",
        "checkpoint.every.steps=1 events.recent.labels=true calibrate=false"
            + " decision=argmax-calibrated",
        "checkpoint.every.steps=1 events.recent.labels=true weights.formula=batch"
            + " model.rates=0.3,3",
        "checkpoint.every.steps=1 events.recent.labels=true decision=recall(b,0.95)",
        "model.forest=5",
        "model.forest=5 model=linear model.average=0.9 loss=focal",
        "model.forest=5 checkpoint.every.steps=1 events.recent.labels=true weights.formula=batch",
        "decision=argmax-scores",
        "decision=argmax-calibrated",
        "decision=argmax-balanced",
        "decision=argmax-balanced loss=logit-adjusted weights.formula=none",
        "decision=recall(b,0.95)",
        "decision=precision(c,0.6)",
        "decision=costs(0,1,1,5,0,5,30,30,0)"
      })
  void whatIsServedIsWhatWasEvaluated(String settings) throws Exception {
    requireSame(settings, PLAIN);
    requireSame(settings, DeclaredFeatures.ALL);
  }

  private void requireSame(String settings, FeatureSchema features) throws Exception {
    TrainerJob job = job(settings, features);
    List<Prediction> told = new ArrayList<>();
    try (TrainingRun run = new TrainingRun(job.config(), row -> told.add(TrainerJob.copy(row)))) {
      StoredCheckpoint stored = checkpoint(job, run, features);
      float[] rows = record(RECORDS, features).evaluation().features();
      float[] logits = run.logits(rows);
      told.clear();
      run.train(record(RECORDS, features));

      ServedModel model = ServedCheckpoint.of(stored);
      assertThat(model.id().step()).isEqualTo(told.get(0).step());
      assertThat(model.features()).isEqualTo(features);
      assertThat(model.classes()).containsExactly("a", "b", "c");
      assertThat(told).hasSize(TrainerJob.EVALUATED);
      Scratch scratch = model.scratch();
      for (int row = 0; row < told.size(); row++) {
        model.score(rows, row * features.columnCount(), scratch);
        assertThat(scratch.logits()).isEqualTo(served(stored, logits, row));
        assertThat(scratch.probabilities()).isEqualTo(told.get(row).served());
        assertThat(scratch.decision()).isEqualTo(told.get(row).decision());
      }
      Scratch batch = model.scratch();
      model.score(
          rows,
          told.size(),
          batch,
          row -> assertThat(batch.probabilities()).isEqualTo(told.get(row).served()));
    }
  }

  /** A row's scores of the networks that are served. */
  private static float[] served(StoredCheckpoint stored, float[] logits, int row) {
    List<Double> mixture = requireNonNull(stored.manifest().probabilities()).mixture();
    List<Double> shares = mixture == null ? List.of(1.0) : mixture;
    float[] served = new float[3 * shares.size()];
    int n = 0;
    for (int j = 0; j < shares.size(); j++) {
      if (shares.get(j) > 0) {
        System.arraycopy(logits, 3 * (row * shares.size() + j), served, 3 * n++, 3);
      }
    }
    return Arrays.copyOf(served, 3 * n);
  }

  @Test
  void oneMeanThatIsOffIsSeen() throws Exception {
    TrainerJob job = job("model=mlp", PLAIN);
    List<Prediction> told = new ArrayList<>();
    try (TrainingRun run = new TrainingRun(job.config(), row -> told.add(TrainerJob.copy(row)))) {
      StoredCheckpoint stored = checkpoint(job, run, PLAIN);
      told.clear();
      run.train(record(RECORDS, PLAIN));

      SafeTensors model =
          SafeTensors.parse(requireNonNull(stored.files().get(StoredCheckpoint.MODEL)));
      float[] means = model.floats("normalizer.mean").clone();
      means[2] = Math.nextUp(Math.nextUp(means[2]));
      ServedModel off =
          ServedCheckpoint.of(with(stored, "normalizer.mean", new Tensor.F32(means, 4)));

      Scratch scratch = off.scratch();
      off.score(record(RECORDS, PLAIN).evaluation().features(), 0, scratch);
      assertThat(scratch.probabilities()).isNotEqualTo(told.get(0).served());
    }
  }

  @Test
  void whatDoesNotFitIsRefusedByName() throws Exception {
    TrainerJob job = job("model=mlp model.rates=1 model.average=0", DeclaredFeatures.ALL);
    try (TrainingRun run = new TrainingRun(job.config())) {
      StoredCheckpoint stored = checkpoint(job, run, DeclaredFeatures.ALL);

      assertRefused(
          with(stored, "0.bias", new Tensor.F32(new float[3], 3)), "0.bias", "F32[3]", "F32[16]");
      assertRefused(with(stored, "embedding.tags.weight", null), "embedding.tags.weight");
      assertRefused(with(stored, "9.bias", new Tensor.F32(new float[1], 1)), "[9.bias]");
      assertRefused(
          with(stored, "4.bias", new Tensor.F32(new float[] {0, Float.NaN, 0}, 3)),
          "4.bias",
          "not a finite number");
      assertRefused(
          with(stored, "normalizer.std", new Tensor.F32(new float[8], 8)), "must be above 0");
    }
  }

  private static void assertRefused(StoredCheckpoint stored, String... words) {
    assertThatThrownBy(() -> ServedCheckpoint.of(stored))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("checkpoint " + stored.ref().name() + " cannot be served")
        .hasMessageContainingAll(words);
  }

  private static StoredCheckpoint with(
      StoredCheckpoint stored, String name, Tensor.@Nullable F32 tensor) {
    SortedMap<String, byte[]> files = new TreeMap<>(stored.files());
    TrainingRuns.change(
        files,
        StoredCheckpoint.MODEL,
        tensors -> {
          tensors.remove(name);
          if (tensor != null) {
            tensors.put(name, tensor);
          }
        });
    return new StoredCheckpoint(stored.ref(), stored.location(), stored.manifest(), files);
  }

  private TrainerJob job(String settings, FeatureSchema features) {
    TrainerJob job = new TrainerJob("localhost:1", "any", folder);
    if (settings.contains("model=linear")) {
      job.without("model.hidden");
    }
    job.withAll(settings);
    return features == PLAIN ? job : job.with(features);
  }

  /** After so many records, as it is read back. */
  private StoredCheckpoint checkpoint(TrainerJob job, TrainingRun run, FeatureSchema features)
      throws Exception {
    TrainingRuns.train(run, i -> record(i, features), 0, RECORDS);
    return Checkpoints.store(job.config()).read(job.save(run).ref());
  }

  private static MiniBatch record(int number, FeatureSchema features) {
    return TrainerJob.recent(
        features == PLAIN ? TrainerJob.batch(number) : DeclaredFeatures.batch(number, features));
  }
}
