package dev.counterweight.learning;

import dev.counterweight.checkpoint.ModelLoader;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.serving.ServedModel;
import java.nio.file.Path;

/**
 * Makes models that serve of checkpoints of any kind, those of the user's own TorchScript module,
 * whose code a file has, too. PyTorch is loaded with the first of these. Thread-safe.
 */
public final class ScriptedServing implements ModelLoader {
  private final Path file;
  private final String device;

  /**
   * @param file the module, as {@code model.file} names it
   * @param device as the key {@code device} names it
   */
  public ScriptedServing(Path file, String device) {
    this.file = file;
    this.device = device;
  }

  /** What makes the models of a job's checkpoints. */
  public static ModelLoader of(TrainerConfig trainer) {
    Path module = trainer.model().file();
    return module == null ? ServedCheckpoint::of : new ScriptedServing(module, trainer.device());
  }

  @Override
  public ServedModel load(StoredCheckpoint checkpoint) {
    return ServedCheckpoint.of(
        checkpoint,
        (parameters, columns, classes) ->
            new ScriptedScores(file, device, parameters, columns, classes));
  }
}
