package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.tensor.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddedClassesTest {
  private static final int RECORDS = 6;
  private static final String FOREST = StoredCheckpoint.FOREST;
  private static final String GROWN = "a,b,c,late";

  @TempDir Path folder;
  private final float[] rows = TrainerJob.batch(7).draws().features();

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "linear", "mixture"})
  void aModelGoesOnAsItWasWithARowMoreFromTheSeed(String model) throws IOException {
    TrainerJob job = job(model);
    try (TrainingRun before = new TrainingRun(job.config());
        TrainingRun fresh = new TrainingRun(job.with("events.classes", GROWN).config());
        TrainingRun run = new TrainingRun(job.config())) {
      train(before, 0, RECORDS);
      StoredCheckpoint saved = job(model).save(before);
      SafeTensors begun = TrainingRuns.file(fresh, StoredCheckpoint.MODEL);

      job.goOn(run, saved);

      assertThat(run.steps()).isEqualTo(before.steps()).isPositive();
      assertThat(run.progress().spans()).isEqualTo(before.progress().spans());
      assertThat(run.progress().drawn()).isEqualTo(Arrays.copyOf(before.progress().drawn(), 4));
      float[] then = before.logits(rows);
      float[] now = run.logits(rows);
      for (int score = 0; score < then.length; score++) {
        assertThat(now[score / 3 * 4 + score % 3]).isCloseTo(then[score], within(1e-5f));
      }
      SafeTensors restored = TrainingRuns.file(run, StoredCheckpoint.MODEL);
      SafeTensors trained = TrainingRuns.file(before, StoredCheckpoint.MODEL);
      for (String name : grown(trained, begun)) {
        assertThat(first(restored, name)).as(name).isEqualTo(all(trained, name));
        assertThat(added(restored, name)).as(name).isEqualTo(added(begun, name));
      }
      SafeTensors moments = TrainingRuns.file(run, StoredCheckpoint.OPTIMIZER);
      SafeTensors kept = TrainingRuns.file(before, StoredCheckpoint.OPTIMIZER);
      for (String name : grown(kept, moments)) {
        assertThat(first(moments, name)).as(name).isEqualTo(all(kept, name));
        assertThat(added(moments, name)).as(name).containsOnly(0);
      }
    }
  }

  /** Names of the tensors that have a row for each class. */
  private static List<String> grown(SafeTensors before, SafeTensors now) {
    List<String> names =
        before.tensors().keySet().stream()
            .filter(name -> !before.tensor(name).shape().equals(now.tensor(name).shape()))
            .toList();
    assertThat(names).isNotEmpty();
    names.forEach(name -> assertThat(before.tensor(name).shape().get(0)).isEqualTo(3));
    return names;
  }

  private static float[] all(SafeTensors in, String name) {
    return (float[]) in.tensor(name).values();
  }

  private static float[] first(SafeTensors in, String name) {
    float[] values = all(in, name);
    return Arrays.copyOf(values, values.length / 4 * 3);
  }

  private static float[] added(SafeTensors in, String name) {
    float[] values = all(in, name);
    return Arrays.copyOfRange(values, values.length / 4 * 3, values.length);
  }

  @Test
  void metricsOfTheClassesThatThereWereStayAndTheNewOneHasNone() throws IOException {
    TrainerJob job = job("mlp");
    try (TrainingRun before = new TrainingRun(job.config());
        TrainingRun run = new TrainingRun(job.with("events.classes", GROWN).config())) {
      train(before, 0, RECORDS);
      job.goOn(run, job("mlp").save(before));

      assertThat(run.evaluation().sinceStart().confusion().scored())
          .isEqualTo(before.evaluation().sinceStart().confusion().scored())
          .isPositive();
      for (int c = 0; c < 3; c++) {
        assertThat(run.evaluation().sinceStart().confusion().recall(c))
            .isEqualTo(before.evaluation().sinceStart().confusion().recall(c));
        assertThat(run.evaluation().recent().served().get(c).rocAuc())
            .isEqualTo(before.evaluation().recent().served().get(c).rocAuc());
      }
      assertThat(run.evaluation().sinceStart().confusion().recall(3)).isEmpty();
      assertThat(run.evaluation().sinceStart().confusion().gmean())
          .isEqualTo(before.evaluation().sinceStart().confusion().gmean());
      assertThat(run.evaluation().recent().weightedLoss())
          .isEqualTo(before.evaluation().recent().weightedLoss());
      assertThat(run.scoring().served().calibrator().temperature())
          .isEqualTo(before.scoring().served().calibrator().temperature());
      assertThat(run.scoring().served().calibrator().biases(new float[] {1, 2, 3, 0}))
          .isEqualTo(
              Arrays.copyOf(
                  before.scoring().served().calibrator().biases(new float[] {1, 2, 3}), 4));
    }
  }

  /** A standby takes over a run that never stopped, and gives the same bytes. */
  @Test
  void whatIsRestoredGoesOnAlikeAndLearnsTheNewClass() throws IOException {
    TrainerJob job = job("mlp");
    byte[][] models = new byte[2][];
    for (int i = 0; i < 2; i++) {
      try (TrainingRun before = new TrainingRun(job("mlp").config());
          TrainingRun grown = new TrainingRun(job.with("events.classes", GROWN).config());
          TrainingRun again = new TrainingRun(job.config())) {
        train(before, 0, RECORDS);
        job.goOn(grown, job("mlp").save(before));
        train(grown, RECORDS, 2 * RECORDS);
        again.restore("own", grown.files());
        for (int number = 2 * RECORDS; number < 5 * RECORDS; number++) {
          again.train(late(read(number, job.config())));
        }

        assertThat(again.progress().drawn()[3]).isPositive();
        assertThat(again.evaluation().recent().confusion().recall(3).orElseThrow())
            .isGreaterThan(0.5);
        models[i] = again.files().get(StoredCheckpoint.MODEL);
      }
    }
    assertThat(models[0]).isEqualTo(models[1]);
  }

  /** What is held and counted of the classes that there were stays; the new one has nothing. */
  @Test
  void aForestGoesOnWithAClassMore() throws IOException {
    TrainerJob job = job("mlp").with("model.forest", "5");
    try (TrainingRun before = new TrainingRun(job.config());
        TrainingRun grown = new TrainingRun(job.with("events.classes", GROWN).config());
        TrainingRun again = new TrainingRun(job.config())) {
      train(before, 0, RECORDS);
      job.goOn(grown, job("mlp").with("model.forest", "5").save(before));
      long[] held = (long[]) TrainingRuns.file(before, FOREST).tensor("forest.held").values();
      assertThat(TrainingRuns.file(grown, FOREST).tensor("forest.held").values())
          .isEqualTo(Arrays.copyOf(held, 4));
      for (int number = RECORDS; number < 5 * RECORDS; number++) {
        grown.train(late(read(number, job.config())));
      }
      again.restore("own", grown.files());

      TrainingRuns.assertSaves(again, grown.files());
      assertThat(grown.evaluation().recent().confusion().recall(3).orElseThrow())
          .isGreaterThan(0.5);
    }
  }

  @Test
  void everyOtherChangeIsRefusedAndSoIsAnOlderConfigurationOfTheSameJob() throws IOException {
    TrainerJob job = job("mlp");
    try (TrainingRun before = new TrainingRun(job.config());
        TrainingRun grown = new TrainingRun(job.with("events.classes", GROWN).config())) {
      train(before, 0, RECORDS);
      job.goOn(grown, job("mlp").save(before));
      train(grown, RECORDS, RECORDS + 1);
      StoredCheckpoint saved = job.save(grown);

      for (String classes : List.of("a,b,c", "a,b,late,c", "a,b,c,other", "b,a,c,late,more")) {
        TrainerJob other = job("mlp").with("events.classes", classes);
        try (TrainingRun run = new TrainingRun(other.config())) {
          SortedMap<String, byte[]> files = run.files();
          assertThatThrownBy(() -> other.goOn(run, saved))
              .isInstanceOf(FailureException.class)
              .hasMessageContaining("events.classes=a,b,c,late")
              .hasMessageContaining("events.classes=" + classes)
              .hasMessageContaining("at the end of events.classes");
          TrainingRuns.assertSaves(run, files);
        }
      }
    }
  }

  /** Some rows of a class become rows of the new one, counted by now, that stand apart. */
  private static MiniBatch late(MiniBatch batch) {
    move(batch.draws().labels(), batch.draws().features());
    move(batch.evaluation().labels(), batch.evaluation().features());
    batch.prior()[3] = 0.1f;
    batch.known().prior()[3] = 0.1f;
    return batch;
  }

  private static void move(long[] labels, float[] features) {
    for (int row = 0; row < labels.length; row++) {
      if (labels[row] == 0) {
        labels[row] = 3;
        features[4 * row + 3] = 80;
        features[4 * row] = 20;
      }
    }
  }

  private static void train(TrainingRun run, int from, int to) {
    for (int number = from; number < to; number++) {
      int classes = run.progress().drawn().length;
      run.train(classes == 3 ? TrainerJob.recent(TrainerJob.batch(number)) : read(number, job4()));
    }
  }

  private static JobConfig job4() {
    return new TrainerJob("localhost:1", "j", Path.of("unused"))
        .with("events.classes", GROWN)
        .config();
  }

  /** A record from before the class was added. */
  private static MiniBatch read(int number, JobConfig config) {
    Schema own = config.events().schema().schema();
    Schema before = new Schema(own.features(), own.kinds(), own.label(), List.of("a", "b", "c"));
    return TrainerJob.of(before, TrainerJob.recent(TrainerJob.batch(number))).readUnder(own);
  }

  private TrainerJob job(String model) {
    TrainerJob job = new TrainerJob("localhost:1", "j", folder);
    boolean mixture = model.equals("mixture");
    job.with("model", mixture ? "mlp" : model);
    job.with("model.rates", mixture ? "1/3,1,3" : "1")
        .with("model.average", mixture ? "0.99" : "0");
    job.with("events.recent.labels", Boolean.toString(mixture));
    return model.equals("linear") ? job.without("model.hidden") : job;
  }

  /** Of all that a run saves, whoever declares it. */
  @ParameterizedTest
  @ValueSource(strings = {"mlp", "linear", "mixture"})
  void everyTensorOfAGrownRunIsOfTheFormOfANewOne(String model) {
    TrainerJob job = job(model).with(DeclaredFeatures.ALL);
    try (TrainingRun before = new TrainingRun(job.config());
        TrainingRun fresh = new TrainingRun(job.with("events.classes", GROWN).config())) {
      before.train(TrainerJob.recent(DeclaredFeatures.batch(0)));
      SortedMap<String, byte[]> grown = new AddedClasses(3, 4).grow(before.files(), fresh.files());
      float[] scores = fresh.logits(DeclaredFeatures.batch(1).draws().features());

      fresh.restore("grown", grown);

      assertThat(fresh.logits(DeclaredFeatures.batch(1).draws().features())).isNotEqualTo(scores);
      fresh
          .files()
          .forEach(
              (name, bytes) ->
                  SafeTensors.parse(Objects.requireNonNull(grown.get(name)))
                      .requireForm(SafeTensors.parse(bytes).tensors()));
    }
  }
}
