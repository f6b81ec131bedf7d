package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.tensor.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a new job takes over of a model with categories. */
class WarmStartOfEmbeddingsTest {
  private static final String COUNTRY = "category(buckets=50,width=5,seed=3)";
  private static final String TAGS = "categories(buckets=20,width=3,seed=3,items=3)";
  private static final FeatureSchema OLD =
      FeatureSchema.of(
          List.of("amount", "country", "tags", "age"), List.of("number", COUNTRY, TAGS, "number"));
  private static final int COLUMNS = 6;
  private static final int ROWS = 30;

  @TempDir Path folder;
  private final float[] rows =
      DeclaredFeatures.rows(
          new SplittableRandom(9), new SplittableRandom(9).longs(ROWS, 0, 3).toArray(), OLD);

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "linear"})
  void inAnotherOrderAndWithClassesMoreItScoresAsBefore(String model) throws IOException {
    float[] scores = trained(model);
    TrainerJob other =
        job(model)
            .with("events.classes", "c,a,new,b")
            .with(
                FeatureSchema.of(
                    List.of("tags", "age", "country", "amount"),
                    List.of(TAGS, "number", COUNTRY, "number")));
    try (TrainingRun run = new TrainingRun(other.config())) {
      String words = begin(other, run);

      assertThat(words).doesNotContain("begun anew");
      float[] now = run.logits(columns(2, 3, 4, 5, 1, 0));
      for (int row = 0; row < ROWS; row++) {
        assertThat(now[4 * row]).isCloseTo(scores[3 * row + 2], within(1e-4f));
        assertThat(now[4 * row + 1]).isCloseTo(scores[3 * row], within(1e-4f));
        assertThat(now[4 * row + 3]).isCloseTo(scores[3 * row + 1], within(1e-4f));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "category(buckets=60,width=5,seed=3)",
        "category(buckets=50,width=4,seed=3)",
        "category(buckets=50,width=5,seed=4)"
      })
  void aTableOfAnotherFormOrHashBeginsAnewAndTheOthersGoOn(String kind) throws IOException {
    trained("mlp");
    FeatureSchema layout = FeatureSchema.of(OLD.names(), List.of("number", kind, TAGS, "number"));
    TrainerJob other = job("mlp").with(layout);
    try (TrainingRun run = new TrainingRun(other.config());
        TrainingRun before = new TrainingRun(job("mlp").with(OLD).config())) {
      SafeTensors fresh = TrainingRuns.file(run, StoredCheckpoint.MODEL);
      String words = begin(other, run);
      begin(job("mlp").with(OLD), before);

      assertThat(words).endsWith("; begun anew: embedding.country.weight");
      String tags = "embedding.tags.weight";
      assertThat(TrainingRuns.file(run, StoredCheckpoint.MODEL).floats(tags))
          .isEqualTo(TrainingRuns.file(before, StoredCheckpoint.MODEL).floats(tags));
      String country = "embedding.country.weight";
      assertThat(TrainingRuns.file(run, StoredCheckpoint.MODEL).floats(country))
          .isEqualTo(fresh.floats(country));
      // No weight stands on it, so that what category it is makes no difference yet.
      float[] moved = rows.clone();
      for (int row = 0; row < ROWS; row++) {
        moved[row * COLUMNS + 1] = row;
      }
      assertThat(run.logits(moved)).isEqualTo(run.logits(rows));
      run.train(DeclaredFeatures.batch(0, layout));
      assertThat(run.logits(moved)).isNotEqualTo(run.logits(rows));
    }
  }

  @Test
  void aNumberThatMayNowBeMissingScoresAsBeforeWhereItIsThere() throws IOException {
    float[] scores = trained("mlp");
    TrainerJob other =
        job("mlp")
            .with(
                FeatureSchema.of(
                    OLD.names(), List.of("number(missing=mean)", COUNTRY, TAGS, "number")));
    try (TrainingRun run = new TrainingRun(other.config())) {
      begin(other, run);

      float[] wider = new float[ROWS * (COLUMNS + 1)];
      for (int row = 0; row < ROWS; row++) {
        wider[row * (COLUMNS + 1)] = rows[row * COLUMNS];
        System.arraycopy(rows, row * COLUMNS + 1, wider, row * (COLUMNS + 1) + 2, COLUMNS - 1);
      }
      float[] now = run.logits(wider);
      for (int i = 0; i < scores.length; i++) {
        assertThat(now[i]).isCloseTo(scores[i], within(1e-4f));
      }
      wider[0] = Float.NaN;
      wider[1] = 1;
      assertThat(run.logits(wider)).doesNotContain(Float.NaN);
    }
  }

  @Test
  void aNumberThatWasACategoryIsRefused() throws IOException {
    trained("mlp");
    TrainerJob other =
        job("mlp").with(FeatureSchema.of(OLD.names(), List.of("number", "number", TAGS, "number")));
    try (TrainingRun run = new TrainingRun(other.config())) {
      assertThatThrownBy(() -> begin(other, run))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("it has no events.features=country as number");
    }
  }

  /** Writes a checkpoint of a trained model, and gives its scores of the rows. */
  private float[] trained(String model) throws IOException {
    TrainerJob job = job(model).with(OLD);
    try (TrainingRun run = new TrainingRun(job.config())) {
      TrainingRuns.train(run, i -> DeclaredFeatures.batch(i, OLD), 0, 20);
      job.save(run);
      return run.logits(rows);
    }
  }

  private String begin(TrainerJob job, TrainingRun run) {
    return WarmStart.begin(job.with("trainer.initial", folder.toString()).config(), run);
  }

  private TrainerJob job(String model) {
    TrainerJob job = new TrainerJob("localhost:1", "any", folder).with("seed", "3");
    return model.equals("mlp") ? job : job.with("model", model).without("model.hidden");
  }

  private float[] columns(int... order) {
    float[] picked = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      picked[i] = rows[i / COLUMNS * COLUMNS + order[i % COLUMNS]];
    }
    return picked;
  }
}
