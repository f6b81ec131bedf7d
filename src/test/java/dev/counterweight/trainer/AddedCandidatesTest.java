package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A job goes on from its checkpoint of one network, or of one without a guest. */
class AddedCandidatesTest {
  private static final int RECORDS = 6;
  private static final int CLASSES = 3;
  private static final int STEPS = 100_000;

  @TempDir Path folder;
  private final float[] rows = TrainerJob.batch(7).draws().features();

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "linear"})
  void everyCandidateGoesOnFromTheOneNetworkThatThereWas(String model) throws IOException {
    TrainerJob one = of(model, job("1", "0", "none"));
    TrainerJob all = of(model, job("1,3", "0.99", "linear"));
    try (TrainingRun before = new TrainingRun(one.config());
        TrainingRun run = new TrainingRun(all.config())) {
      TrainingRuns.train(before, TrainerJob::batch, 0, RECORDS);
      Map<String, Double> shares = run.candidateShares();

      all.goOn(run, one.save(before));

      assertThat(run.steps()).isEqualTo(before.steps()).isPositive();
      assertThat(run.progress().spans()).isEqualTo(before.progress().spans());
      assertThat(run.evaluation().sinceStart().confusion().scored())
          .isEqualTo(before.evaluation().sinceStart().confusion().scored());
      assertThat(run.candidateShares()).isEqualTo(shares).hasSize(model.equals("mlp") ? 5 : 4);
      int candidates = shares.size();
      for (int candidate = 0; candidate < 4; candidate++) {
        assertThat(of(run.logits(rows), candidates, candidate)).isEqualTo(before.logits(rows));
      }
      SafeTensors moments = TrainingRuns.file(run, StoredCheckpoint.OPTIMIZER);
      SafeTensors kept = TrainingRuns.file(before, StoredCheckpoint.OPTIMIZER);
      for (String name : kept.tensors().keySet()) {
        for (String prefix : name.equals("step") ? List.of("") : List.of("rate.0.", "rate.1.")) {
          assertThat(moments.tensor(prefix + name).values())
              .as(prefix + name)
              .isEqualTo(kept.tensor(name).values());
        }
      }
      if (model.equals("mlp")) {
        assertThat(moments.floats("linear.0.weight.exp_avg")).containsOnly(0);
        assertThat(TrainingRuns.file(run, StoredCheckpoint.MODEL).floats("average.linear.0.weight"))
            .containsOnly(0);
      }
    }
  }

  @Test
  void aGuestIsAddedAndAllElseGoesOnAsItWas() throws IOException {
    TrainerJob hosts = job("1,3", "0.99", "none");
    TrainerJob all = job("1,3", "0.99", "linear");
    try (TrainingRun before = new TrainingRun(hosts.config());
        TrainingRun run = new TrainingRun(all.config())) {
      TrainingRuns.train(before, TrainerJob::batch, 0, RECORDS);

      all.goOn(run, hosts.save(before));
      assertThat(run.candidateShares())
          .containsAllEntriesOf(before.candidateShares())
          .containsEntry("linear", 0.0);
      TrainingRuns.train(before, TrainerJob::batch, RECORDS, 2 * RECORDS);
      TrainingRuns.train(run, TrainerJob::batch, RECORDS, 2 * RECORDS);

      for (String file : List.of(StoredCheckpoint.MODEL, StoredCheckpoint.OPTIMIZER)) {
        SafeTensors now = TrainingRuns.file(run, file);
        TrainingRuns.file(before, file)
            .tensors()
            .forEach(
                (name, tensor) ->
                    assertThat(now.tensor(name).values()).as(name).isEqualTo(tensor.values()));
      }
      assertThat(TrainingRuns.file(run, StoredCheckpoint.MODEL).floats("linear.0.weight"))
          .isNotEqualTo(new float[CLASSES * 4]);
    }
  }

  /**
   * All networks' steps are one count, so that Adam does not know a guest's first for the first.
   */
  @ParameterizedTest
  @ValueSource(strings = {"1", "0.1"})
  void theFirstStepsOfAGuestAreNoLongerThanANewModels(String clip) {
    TrainerJob hosts = job("1,3", "0.99", "none").with("gradient.clip", clip);
    JobConfig all = job("1,3", "0.99", "linear").with("gradient.clip", clip).config();
    try (TrainingRun before = new TrainingRun(hosts.config());
        TrainingRun run = new TrainingRun(all)) {
      TrainingRuns.train(before, TrainerJob::batch, 0, RECORDS);
      SortedMap<String, byte[]> late = before.files();
      TrainingRuns.change(
          late,
          StoredCheckpoint.OPTIMIZER,
          moments -> moments.put("step", new Tensor.I64(new long[] {STEPS}, 1)));
      Candidates now = new Candidates(2, true, true);
      run.restore(
          "own",
          new AddedCandidates(now.hosts(), now, Double.parseDouble(clip)).grow(late, run.files()));

      TrainingRuns.train(run, TrainerJob::batch, RECORDS, 2 * RECORDS);

      SafeTensors model = TrainingRuns.file(run, StoredCheckpoint.MODEL);
      double square = 0;
      int parameters = 0;
      for (String name : List.of("linear.0.weight", "linear.0.bias")) {
        float[] moved = (float[]) model.tensor(name).values();
        for (float weight : moved) {
          square += (double) weight * weight;
        }
        parameters += moved.length;
      }
      double longest = 0.03 * Math.sqrt(parameters) * (run.steps() - STEPS);
      assertThat(Math.sqrt(square)).isPositive().isLessThan(1.01 * longest);
    }
  }

  /** A standby takes over a run that never stopped, and gives the same bytes. */
  @Test
  void whatWasAddedGoesOnToTheSameBytesAndSoItDoesWithAClassMore() throws IOException {
    TrainerJob one = job("1", "0", "none");
    TrainerJob all = job("1,3", "0.99", "linear").with("events.classes", "a,b,c,late");
    SortedMap<String, byte[]> files = null;
    for (int i = 0; i < 2; i++) {
      try (TrainingRun before = new TrainingRun(one.config());
          TrainingRun run = new TrainingRun(all.config());
          TrainingRun again = new TrainingRun(all.config())) {
        TrainingRuns.train(before, TrainerJob::batch, 0, RECORDS);
        all.goOn(run, one.save(before));
        again.restore("own", run.files());
        assertThat(again.files().get(StoredCheckpoint.STATE))
            .isEqualTo(run.files().get(StoredCheckpoint.STATE));
        assertThat(again.logits(rows)).isEqualTo(run.logits(rows));
        files = files == null ? run.files() : files;
        SortedMap<String, byte[]> first = files;
        TrainingRuns.assertSaves(again, first);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'1,3', 0.99, linear, '1,3', 0.99, none",
    "'1,3', 0.99, none, 1, 0, none",
    "'1,3', 0.99, none, '1,3,9', 0.99, none",
    "'1,3', 0, none, '1,3', 0.99, linear",
  })
  void fewerOrOthersAreRefusedWithTheWayOut(
      String rates, String average, String guest, String now, String nowAverage, String nowGuest)
      throws IOException {
    TrainerJob job = job(now, nowAverage, nowGuest);
    TrainerJob was = job(rates, average, guest);
    try (TrainingRun before = new TrainingRun(was.config());
        TrainingRun run = new TrainingRun(job.config())) {
      TrainingRuns.train(before, TrainerJob::batch, 0, RECORDS);
      StoredCheckpoint saved = was.save(before);

      assertThatThrownBy(() -> job.goOn(run, saved))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining(
              "set model.rates=1,3, model.average=%s and model.guest=%s to go on with it"
                  .formatted(average, guest));
    }
  }

  @Test
  void whatBecomesOfCandidatesIsToldInWords() {
    Candidates all = new Candidates(2, true, true);

    assertThat(new AddedCandidates(Candidates.ONE, all, 1).told())
        .isEqualTo(
            "each of 2 networks, and its average, begins as the one that there was; a linear guest"
                + " begins as in a new model");
    assertThat(new AddedCandidates(all.hosts(), all, 1).told())
        .isEqualTo("a linear guest begins as in a new model");
  }

  private static TrainerJob of(String model, TrainerJob job) {
    job.with("model", model);
    return model.equals("mlp") ? job : job.without("model.hidden").without("model.guest");
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

  private TrainerJob job(String rates, String average, String guest) {
    return new TrainerJob("localhost:1", "j", folder)
        .with("model.rates", rates)
        .with("model.average", average)
        .with("model.guest", guest);
  }
}
