package dev.counterweight.config;

import java.nio.file.Path;
import java.util.List;

/**
 * The trainer's settings.
 *
 * @param model linear or mlp
 * @param hidden sizes of the hidden layers of an mlp, in order
 * @param batchSize rows a step
 * @param loss name of the loss
 * @param reduction how a batch's row losses become one number
 * @param gradientClip largest gradient norm; 0 for no limit
 * @param calibrate whether served probabilities are corrected by what was seen of them
 * @param device auto, cpu or gpu
 * @param checkpointEverySteps steps between checkpoints
 * @param checkpointIntervalMs longest time between checkpoints while steps are made
 * @param checkpointKeep checkpoints kept on disk, at least 1
 */
public record TrainerConfig(
    Model model,
    List<Integer> hidden,
    int batchSize,
    String loss,
    Reduction reduction,
    Optimizer optimizer,
    double learningRate,
    double momentum,
    double weightDecay,
    double gradientClip,
    boolean calibrate,
    String device,
    Path checkpointDir,
    long checkpointEverySteps,
    long checkpointIntervalMs,
    int checkpointKeep) {

  public TrainerConfig {
    hidden = List.copyOf(hidden);
  }

  /** The kinds of model. */
  public enum Model {
    LINEAR,
    MLP
  }

  /** The optimisers. */
  public enum Optimizer {
    SGD,
    ADAM,
    ADAMW
  }

  /**
   * PyTorch's reductions, where {@code MEAN} is sum(w l) / sum(w), and {@code BATCH_MEAN}, sum(w l)
   * / rows.
   */
  public enum Reduction {
    BATCH_MEAN,
    MEAN,
    SUM
  }
}
