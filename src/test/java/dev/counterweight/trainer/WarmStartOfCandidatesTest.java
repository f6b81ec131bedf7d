package dev.counterweight.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.checkpoint.CheckpointInspection;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A job begins with, or goes on from, a checkpoint of other networks side by side. */
class WarmStartOfCandidatesTest {
  private static final int CLASSES = 3;

  @TempDir Path folder;
  private String guest = "none";
  private final float[] rows = TrainerJob.batch(7).draws().features();

  @Test
  void everyCandidateBeginsWithTheOneNetworkThatThereWas() throws IOException {
    Trained one = train("1", "0");
    try (TrainingRun run = begun("1,3", "0.9", one.folder())) {
      for (int candidate = 0; candidate < 4; candidate++) {
        assertThat(of(run.logits(rows), 4, candidate)).isEqualTo(one.scores());
      }
    }
  }

  @Test
  void ofAsManyRatesEachBeginsWithItsOwn() throws IOException {
    Trained two = train("1,3", "0.9");
    try (TrainingRun run = begun("0.5,2", "0.99", two.folder())) {
      assertThat(run.logits(rows)).isEqualTo(two.scores());
    }
    try (TrainingRun run = begun("0.5,2", "0", two.folder())) {
      assertThat(of(run.logits(rows), 2, 1)).isEqualTo(of(two.scores(), 4, 1));
    }
    Trained plain = train("1,3", "0");
    try (TrainingRun run = begun("1,3", "0.9", plain.folder())) {
      assertThat(of(run.logits(rows), 4, 1)).isEqualTo(of(plain.scores(), 2, 1));
      assertThat(of(run.logits(rows), 4, 3)).isEqualTo(of(plain.scores(), 2, 1));
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 1", "'1,2,4', 0, 3", "'1,2,4', 0.9, 6"})
  void ofAnotherNumberOfRatesEachBeginsWithTheCandidateThatCountedMost(
      String rates, String average, int count) throws IOException {
    Trained two = train("0.01,3", "0.9");
    List<Double> shares = requireNonNull(requireNonNull(two.manifest().probabilities()).mixture());
    int most = shares.indexOf(shares.stream().max(Double::compare).orElseThrow());
    try (TrainingRun run = begun(rates, average, two.folder())) {
      for (int candidate = 0; candidate < count; candidate++) {
        assertThat(of(run.logits(rows), count, candidate)).isEqualTo(of(two.scores(), 4, most));
      }
    }
    assertThat(most % 2).as("the rate that learns").isEqualTo(1);
  }

  @Test
  void aGuestBeginsWithItsOwnOrAsInANewModel() throws IOException {
    Trained without = train("1,3", "0.9");
    guest = "linear";
    try (TrainingRun run = begun("0.5,2", "0.99", without.folder())) {
      assertThat(of(run.logits(rows), 5, 1)).isEqualTo(of(without.scores(), 4, 1));
      assertThat(of(run.logits(rows), 5, 4)).containsOnly(0);
    }
    Trained with = train("1,3", "0.99");
    try (TrainingRun run = begun("0.5,2", "0.9", with.folder())) {
      assertThat(run.logits(rows)).isEqualTo(with.scores());
    }
    assertThat(of(with.scores(), 5, 4)).isNotEqualTo(new float[rows.length / 4 * CLASSES]);
    try (TrainingRun run = begun("0.5,2,4", "0.99", with.folder())) {
      assertThat(of(run.logits(rows), 7, 6)).isEqualTo(of(with.scores(), 5, 4));
    }
    guest = "none";
    try (TrainingRun run = begun("0.5,2", "0.9", with.folder())) {
      assertThat(of(run.logits(rows), 4, 3)).isEqualTo(of(with.scores(), 5, 3));
    }
  }

  @Test
  void aFileOfSeveralNetworksDoesNotTellWhichOfThemToTake() throws IOException {
    Path file = train("1,3", "0.9").folder().resolve("model.safetensors");

    try (TrainingRun run = begun("1,3", "0.9", file)) {
      assertThat(run.steps()).isZero();
    }
    assertThatThrownBy(() -> begun("1", "0", file).close())
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("it has 2 networks, and which of them counts most is told by the")
        .hasMessageContaining("checkpoint's folder alone");
  }

  @Test
  void classesAndFeaturesAreTakenByNameOfEachCandidate() throws IOException {
    Trained two = train("1,3", "0.9");
    TrainerJob other =
        job("1,3", "0.9").with("events.features", "z,x,w,y").with("events.classes", "c,a,new,b");
    float[] reordered = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      reordered[i] = rows[i / 4 * 4 + new int[] {3, 1, 0, 2}[i % 4]];
    }
    try (TrainingRun run = new TrainingRun(other.config())) {
      WarmStart.begin(other.with("trainer.initial", two.folder().toString()).config(), run);

      float[] now = run.logits(reordered);
      for (int row = 0; row < 4 * rows.length / 4; row++) {
        assertThat(now[4 * row]).isCloseTo(two.scores()[3 * row + 2], within(1e-4f));
        assertThat(now[4 * row + 1]).isCloseTo(two.scores()[3 * row], within(1e-4f));
        assertThat(now[4 * row + 3]).isCloseTo(two.scores()[3 * row + 1], within(1e-4f));
      }
    }
  }

  @Test
  void aJobDoesNotGoOnWithOtherCandidatesAndIsToldTheWayOut() throws IOException {
    CheckpointManifest one = train("1", "0").manifest();
    CheckpointManifest two = train("1,3", "0.9").manifest();

    new CheckpointFit(job("1/3,1", "0.99").config()).require(one);
    assertThatThrownBy(() -> new CheckpointFit(job("1/3,1,9", "0.99").config()).require(two))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("it was made with model.rates=1,3, model.average=0.9 and")
        .hasMessageContaining("model.guest=none, and this job has")
        .hasMessageContaining("model.rates=0.3333333333333333,1,9, model.average=0.99 and")
        .hasMessageContaining("set model.rates=1,3, model.average=0.9 and model.guest=none to go")
        .hasMessageContaining("trainer.initial=");
    assertThatThrownBy(() -> new CheckpointFit(job("1,3", "0").config()).require(two))
        .hasMessageContaining("set model.rates=1,3, model.average=0.9 and model.guest=none to");
    new CheckpointFit(job("1/3,1", "0.99").config()).require(two);
  }

  /** Of rows x J x K scores those of one candidate. */
  private static float[] of(float[] scores, int candidates, int candidate) {
    int count = scores.length / candidates / CLASSES;
    float[] own = new float[count * CLASSES];
    for (int row = 0; row < count; row++) {
      int from = (row * candidates + candidate) * CLASSES;
      System.arraycopy(scores, from, own, row * CLASSES, CLASSES);
    }
    return own;
  }

  private record Trained(Path folder, CheckpointManifest manifest, List<Float> values) {
    float[] scores() {
      float[] scores = new float[values.size()];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = values.get(i);
      }
      return scores;
    }
  }

  private Trained train(String rates, String average) throws IOException {
    TrainerJob job = job(rates, average);
    try (TrainingRun run = new TrainingRun(job.config())) {
      TrainingRuns.train(run, TrainerJob::batch, 0, 20);
      Path written = Path.of(job.save(run).location());
      List<Float> scores = new ArrayList<>();
      for (float score : run.logits(rows)) {
        scores.add(score);
      }
      return new Trained(written, CheckpointInspection.of(written).manifest(), scores);
    }
  }

  private TrainingRun begun(String rates, String average, Path initial) {
    TrainerJob job = job(rates, average).with("trainer.initial", initial.toString());
    TrainingRun run = new TrainingRun(job.with("seed", "9").config());
    try {
      WarmStart.begin(job.config(), run);
      return run;
    } catch (FailureException e) {
      run.close();
      throw e;
    }
  }

  private TrainerJob job(String rates, String average) {
    return new TrainerJob("localhost:1", "any", folder)
        .with("model.rates", rates)
        .with("model.average", average)
        .with("model.guest", guest);
  }
}
