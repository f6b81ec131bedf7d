package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.Python;
import dev.counterweight.checkpoint.Announced;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.learning.ScriptedServing;
import dev.counterweight.learning.TestDevice;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The user's own module serves by a checkpoint's parameters. */
class ScriptedServingTest {
  private static final int RECORDS = 6;
  private static final String WRITE =
      """
      import sys, torch
      n = torch.nn
      def write(name, *layers):
          torch.jit.script(n.Sequential(*layers)).save(sys.argv[1] + "/" + name + ".pt")
      torch.manual_seed(1)
      write("fits", n.Linear(4, 8), n.Dropout(0.5), n.ReLU(), n.Linear(8, 3))
      write("grown", n.Linear(4, 8), n.Dropout(0.5), n.ReLU(), n.Linear(8, 4))
      write("wider", n.Linear(4, 9), n.ReLU(), n.Linear(9, 3))
      write("longer", n.Linear(4, 8), n.Dropout(0.5), n.ReLU(), n.Linear(8, 3), n.Linear(3, 3))
      write("shorter", n.Linear(4, 8))
      """;

  @TempDir static Path folder;

  @BeforeAll
  static void writeModules() throws Exception {
    Path script = Files.writeString(folder.resolve("write.py"), WRITE);
    Python.runWith("torch", script.toString(), folder.toString());
  }

  @Test
  void whatIsServedIsWhatWasEvaluated() throws Exception {
    TrainerJob job = job();
    List<double[]> told = new ArrayList<>();
    try (TrainingRun run = new TrainingRun(job.config(), row -> told.add(row.served().clone()))) {
      StoredCheckpoint stored = checkpoint(job, run);
      float[] rows = TrainerJob.batch(RECORDS).evaluation().features();
      told.clear();
      run.train(TrainerJob.batch(RECORDS));
      try (ServedModel model = serving("fits").load(stored)) {
        assertThat(model.explains()).isFalse();
        Scratch scratch = model.scratch();
        for (int row = 0; row < told.size(); row++) {
          model.score(rows, 4 * row, scratch);
          assertThat(scratch.probabilities()).containsExactly(told.get(row), within(1e-6));
        }
        List<double[]> together = new ArrayList<>();
        model.score(rows, told.size(), scratch, r -> together.add(scratch.probabilities().clone()));
        // Of as many rows at once as the trainer scored, PyTorch gives the same to the bit.
        assertThat(together).usingRecursiveComparison().isEqualTo(told);
        assertThatThrownBy(() -> model.reasons(rows, 0, scratch, 1))
            .isInstanceOf(UnsupportedOperationException.class);
      }
    }
  }

  @Test
  void threadsScoreAtOnce() throws Exception {
    TrainerJob job = job();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (TrainingRun run = new TrainingRun(job.config());
        ServedModel model = serving("fits").load(checkpoint(job, run))) {
      float[] rows = TrainerJob.batch(RECORDS).draws().features();
      float[] expected = run.logits(rows);
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        all.add(threads.submit(() -> requireScores(model, rows, expected)));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void requireScores(ServedModel model, float[] rows, float[] expected) {
    Scratch scratch = model.scratch();
    for (int i = 0; i < 500; i++) {
      int row = i % (rows.length / 4);
      model.score(rows, 4 * row, scratch);
      assertThat(scratch.logits())
          .containsExactly(Arrays.copyOfRange(expected, 3 * row, 3 * row + 3), within(1e-5f));
    }
  }

  @Test
  void aModuleOfOtherParametersIsRefused() throws Exception {
    TrainerJob job = job();
    try (TrainingRun run = new TrainingRun(job.config())) {
      StoredCheckpoint stored = checkpoint(job, run);

      assertRefused("wider", stored, "tensor '0.weight' is F32[8, 4] and must be F32[9, 4]");
      assertRefused("longer", stored, "tensor '4.weight' is missing");
      assertRefused("shorter", stored, "tensors [3.bias, 3.weight] are none of the module's");
      assertThatThrownBy(() -> ServedCheckpoint.of(stored))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("only the file has that model.file names");
    }
  }

  /** What has not changed of the module goes on, and its new output is as it came. */
  @Test
  void aClassIsAddedByAModuleWithAnOutputMore() throws Exception {
    TrainerJob grown =
        job()
            .with("model.file", folder.resolve("grown.pt").toString())
            .with("events.classes", "a,b,c,late");
    try (TrainingRun before = new TrainingRun(job().config());
        TrainingRun run = new TrainingRun(grown.config())) {
      StoredCheckpoint stored = checkpoint(job(), before);
      float[] rows = TrainerJob.batch(RECORDS).evaluation().features();
      float[] fresh = run.logits(rows);
      Announced announced = new Announced(List.of(Announcement.of(stored, List.of(), 0)));

      Checkpoints.load(grown.config(), new CheckpointFolder(folder, "any", "a"), announced, run);

      float[] then = before.logits(rows);
      float[] now = run.logits(rows);
      for (int score = 0; score < then.length; score++) {
        assertThat(now[score / 3 * 4 + score % 3]).isCloseTo(then[score], within(1e-4f));
      }
      assertThat(now).isNotEqualTo(fresh);
      assertThat(run.steps()).isEqualTo(before.steps());
    }
  }

  private static void assertRefused(String module, StoredCheckpoint stored, String why) {
    assertThatThrownBy(() -> serving(module).load(stored).close())
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("checkpoint " + stored.ref().name() + " cannot be served")
        .hasMessageContaining(why);
  }

  private static ScriptedServing serving(String module) {
    return new ScriptedServing(folder.resolve(module + ".pt"), TestDevice.NAME);
  }

  private static TrainerJob job() {
    return new TrainerJob("localhost:1", "any", folder)
        .without("model.hidden")
        .with("model", "torchscript")
        .with("model.file", folder.resolve("fits.pt").toString());
  }

  private static StoredCheckpoint checkpoint(TrainerJob job, TrainingRun run) throws Exception {
    TrainingRuns.train(run, TrainerJob::batch, 0, RECORDS);
    return job.save(run);
  }
}
