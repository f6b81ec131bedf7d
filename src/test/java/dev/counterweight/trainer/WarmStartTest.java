package dev.counterweight.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmStartTest {
  @TempDir Path folder;
  private final float[] rows = TrainerJob.batch(7).draws().features();
  private Path checkpoint;
  private float[] scores;

  @BeforeEach
  void train() throws IOException {
    try (TrainingRun run = new TrainingRun(job().config())) {
      TrainingRuns.train(run, TrainerJob::batch, 0, 5);
      checkpoint = Path.of(job().save(run).location());
      scores = run.logits(rows);
    }
  }

  @Test
  void aNewJobBeginsWithACheckpointsModelAndNothingElseOfIt() {
    TrainerJob other = job().with("optimizer", "sgd").with("seed", "2");
    try (TrainingRun run = new TrainingRun(other.config())) {
      apply(other, run, checkpoint);

      assertThat(run.logits(rows)).isEqualTo(scores);
      assertThat(run.steps()).isZero();
      assertThat(run.progress().records()).isZero();
      assertThat(run.evaluation().sinceStart().confusion().scored()).isZero();
      run.train(TrainerJob.batch(5));
      assertThat(run.steps()).isPositive();
    }
  }

  @Test
  void ofAFolderOfCheckpointsTheNewestIsTaken() {
    try (TrainingRun run = new TrainingRun(job().config())) {
      apply(job().with("events.label", "renamed"), run, folder);

      assertThat(run.logits(rows)).isEqualTo(scores);
    }
  }

  @Test
  void featuresInAnotherOrderAndClassesMoreAreTakenByNameAndScoreAsBefore() {
    TrainerJob other = job().with("events.features", "z,x,w,y").with("events.classes", "c,a,new,b");
    try (TrainingRun run = new TrainingRun(other.config())) {
      apply(other, run, checkpoint);

      float[] now = run.logits(columns(rows, 3, 1, 0, 2));
      float leastBias = biases()[0];
      for (float bias : biases()) {
        leastBias = Math.min(leastBias, bias);
      }
      for (int row = 0; row < rows.length / 4; row++) {
        assertThat(now[4 * row]).isCloseTo(scores[3 * row + 2], within(1e-4f));
        assertThat(now[4 * row + 1]).isCloseTo(scores[3 * row], within(1e-4f));
        assertThat(now[4 * row + 2]).isCloseTo(leastBias, within(1e-6f));
        assertThat(now[4 * row + 3]).isCloseTo(scores[3 * row + 1], within(1e-4f));
      }
    }
  }

  @Test
  void aModelWithAFeatureLessGoesOnWithTheOthersAsTheyWere() {
    TrainerJob fewer = job().with("events.features", "x,y,z").with("model.quantiles", "64");
    try (TrainingRun run = new TrainingRun(fewer.config());
        TrainingRun whole = new TrainingRun(job().config())) {
      apply(fewer, run, checkpoint);
      apply(job(), whole, checkpoint);

      for (String name : List.of("normalizer.mean", "normalizer.std")) {
        float[] all = TrainingRuns.file(whole, StoredCheckpoint.MODEL).floats(name);
        assertThat(TrainingRuns.file(run, StoredCheckpoint.MODEL).floats(name))
            .containsExactly(all[1], all[2], all[3]);
      }
    }
  }

  @Test
  void aFileOfParametersIsEnough() throws IOException {
    SortedMap<String, Tensor> tensors = tensors();
    tensors.keySet().removeIf(name -> name.startsWith("normalizer."));
    Path file = write(tensors);
    try (TrainingRun run = new TrainingRun(job().with("seed", "2").config())) {
      apply(job(), run, file);

      SortedMap<String, Tensor> taken =
          new TreeMap<>(
              SafeTensors.parse(requireNonNull(run.files().get("model.safetensors"))).tensors());
      taken.keySet().removeIf(name -> name.startsWith("normalizer."));
      assertThat(bytes(taken)).isEqualTo(bytes(tensors));
    }
  }

  @Test
  void featuresMoreAndOtherLayersAreRefusedWithTheDifference() {
    assertRefused(job().with("events.features", "w,x,v,y,z"), checkpoint)
        .hasMessageContaining("it has no events.features=v, and a column cannot be added to it");
    assertRefused(job().with("model.hidden", "8"), checkpoint)
        .hasMessageContaining("model.hidden was [16, 8] and is [8]");
  }

  @Test
  void aFileOfAnotherShapeIsRefusedWithEveryDifference() throws IOException {
    SortedMap<String, Tensor> tensors = tensors();
    tensors.put("0.bias", new Tensor.F32(new float[15], 15));
    tensors.remove("2.bias");
    tensors.put("6.bias", new Tensor.F32(new float[3], 3));

    assertRefused(job(), write(tensors))
        .hasMessageContaining("tensor '0.bias' is F32[15] and must be F32[16]")
        .hasMessageContaining("tensor '2.bias' is missing")
        .hasMessageContaining("tensor '6.bias' is none of this model's");
  }

  @Test
  void whatIsDamagedOrAbsentIsRefused() throws IOException {
    Path file = checkpoint.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);

    assertRefused(job(), checkpoint).hasMessageContaining("model.safetensors has another SHA-256");
    assertRefused(job(), folder.resolve("nowhere")).hasMessageContaining("nowhere");
    assertRefused(job(), Files.writeString(folder.resolve("text"), "not tensors at all"))
        .hasMessageContaining("safetensors header");
  }

  private org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
      TrainerJob job, Path initial) {
    try (TrainingRun run = new TrainingRun(job.config())) {
      return assertThatThrownBy(() -> apply(job, run, initial))
          .isInstanceOf(FailureException.class);
    }
  }

  private static void apply(TrainerJob job, TrainingRun run, Path initial) {
    WarmStart.begin(job.with("trainer.initial", initial.toString()).config(), run);
  }

  private float[] biases() {
    try {
      return SafeTensors.parse(Files.readAllBytes(checkpoint.resolve("model.safetensors")))
          .floats("4.bias");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static float[] columns(float[] values, int... order) {
    float[] picked = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      picked[i] = values[i / order.length * order.length + order[i % order.length]];
    }
    return picked;
  }

  private SortedMap<String, Tensor> tensors() throws IOException {
    byte[] model = Files.readAllBytes(checkpoint.resolve("model.safetensors"));
    return new TreeMap<>(SafeTensors.parse(model).tensors());
  }

  private Path write(SortedMap<String, Tensor> tensors) throws IOException {
    return Files.write(folder.resolve("model.safetensors"), bytes(tensors));
  }

  private static byte[] bytes(SortedMap<String, Tensor> tensors) {
    return new SafeTensors(tensors).toBytes();
  }

  private TrainerJob job() {
    return new TrainerJob("localhost:1", "any", folder).ofOneNetwork();
  }
}
