package dev.counterweight.trainer;

import dev.counterweight.checkpoint.CheckpointInspection;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.ModelConfig;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The model that a new job begins with instead of random parameters: that of a checkpoint, or of a
 * safetensors file with the names of {@code model.safetensors}; all candidates begin with it, or
 * each with its own of as many. Of a checkpoint the normaliser goes on too. The optimiser, the
 * evaluation and the count of steps begin anew.
 */
final class WarmStart {
  private WarmStart() {}

  /**
   * Gives {@code run} the model at {@code trainer.initial}, if there is one: a checkpoint's folder,
   * a folder of checkpoints, of which the newest is taken, or a safetensors file. Says with what
   * the run begins.
   *
   * @throws FailureException if it cannot be read, is damaged, or is of another schema or shape;
   *     every difference is named
   */
  static String begin(JobConfig config, TrainingRun run) {
    Path initial = config.trainer().initial();
    if (initial == null) {
      return "begins anew";
    }
    try {
      if (Files.isRegularFile(initial)) {
        SafeTensors model = SafeTensors.parse(Files.readAllBytes(initial));
        CandidateTransfer candidates = candidates(config, model, null);
        run.warmStart(candidates.model(model), null, candidates.anew());
        return "begins with the parameters of " + initial;
      }
      return fromCheckpoint(initial, config, run);
    } catch (IOException | MalformedTensorsException | IllegalArgumentException e) {
      throw new FailureException(
          "trainer.initial=%s cannot be begun with: %s".formatted(initial, e.getMessage()), e);
    }
  }

  private static String fromCheckpoint(Path initial, JobConfig config, TrainingRun run)
      throws IOException {
    CheckpointInspection found = found(initial);
    if (!found.whole()) {
      throw new FailureException(
          "trainer.initial=%s is damaged: %s".formatted(found.folder(), found.problems()));
    }
    Schema own = config.events().schema().schema();
    Schema of = new CheckpointFit(config).requireForWarmStart(found.folder(), found.manifest());
    SafeTensors old = file(found.folder(), StoredCheckpoint.MODEL);
    CandidateTransfer candidates = candidates(config, old, shares(found.manifest()));
    SafeTensors model = candidates.model(old);
    SafeTensors state = file(found.folder(), StoredCheckpoint.STATE);
    List<String> anew = new ArrayList<>(candidates.anew());
    if (same(of, own)) {
      run.warmStart(model, state, anew);
    } else {
      ModelTransfer transfer =
          new ModelTransfer(of, own, config.trainer().model().kind() == ModelConfig.Kind.LINEAR);
      anew.addAll(transfer.anew());
      run.warmStart(CandidateTransfer.each(model, transfer::model), transfer.state(state), anew);
    }
    Optional<String> difference = own.differenceOf(of);
    return "begins with the model of job '%s' at step %d, %s%s%s"
        .formatted(
            found.manifest().job(),
            found.manifest().position().step(),
            found.folder(),
            difference.map(words -> ", taken over by name; it is of " + words).orElse(""),
            anew.isEmpty() ? "" : "; begun anew: " + String.join(", ", anew));
  }

  /** A model of the user's own has whatever names it has. */
  private static CandidateTransfer candidates(
      JobConfig config, SafeTensors model, @Nullable List<Double> shares) {
    ModelConfig to = config.trainer().model();
    Candidates from =
        to.kind() == ModelConfig.Kind.TORCHSCRIPT ? Candidates.ONE : CandidateTransfer.of(model);
    return new CandidateTransfer(from, shares, to.candidates());
  }

  private static @Nullable List<Double> shares(CheckpointManifest manifest) {
    CheckpointManifest.Probabilities served = manifest.probabilities();
    return served == null ? null : served.mixture();
  }

  private static CheckpointInspection found(Path initial) {
    try {
      return CheckpointInspection.of(initial);
    } catch (FailureException e) {
      throw new FailureException("trainer.initial=" + initial + ": " + e.getMessage(), e);
    }
  }

  private static boolean same(Schema one, Schema other) {
    return one.features().equals(other.features())
        && one.kinds().equals(other.kinds())
        && one.classes().equals(other.classes());
  }

  private static SafeTensors file(Path folder, String name) throws IOException {
    return SafeTensors.parse(Files.readAllBytes(folder.resolve(name)));
  }
}
