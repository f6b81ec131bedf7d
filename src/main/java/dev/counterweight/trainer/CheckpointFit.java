package dev.counterweight.trainer;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.config.JobConfig;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.SchemaGuard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Whether a checkpoint's model can be trained on under the present configuration. Immutable. */
final class CheckpointFit {
  private final Schema schema;
  private final CheckpointManifest.Training training;

  CheckpointFit(JobConfig config) {
    this.schema = config.events().schema().schema();
    this.training = CheckpointDescription.training(config);
  }

  /**
   * Demands the same inputs, outputs but for classes added at the end since, layers and kind of
   * optimiser, and candidates but for those that may be {@linkplain AddedCandidates added}; a
   * forest may be added, or given up, but not be of other trees. Rates, loss and batch size may
   * change from one run to the next.
   *
   * @throws FailureException naming every key that differs, with both values
   */
  void require(CheckpointManifest checkpoint) {
    new SchemaGuard(schema)
        .require(
            "the newest checkpoint of job '%s', of step %d,"
                .formatted(checkpoint.job(), checkpoint.position().step()),
            told(checkpoint));
    List<String> differences = modelDifferences(checkpoint);
    compare(
        differences,
        "optimizer",
        checkpoint.training().updates().optimizer(),
        training.updates().optimizer());
    Integer trees = checkpoint.training().mixed().forest();
    if (trees != null && training.mixed().forest() != null) {
      compare(differences, "model.forest", trees, training.mixed().forest());
    }
    if (differences.isEmpty()) {
      requireCandidates(checkpoint);
    } else {
      throw new FailureException(
          "the newest checkpoint of job '%s' is of another model: %s; change it back, or start a new job"
              .formatted(checkpoint.job(), String.join("; ", differences)));
    }
  }

  /** What candidates become of those of a checkpoint. */
  AddedCandidates candidates(CheckpointManifest checkpoint) {
    return new AddedCandidates(
        checkpoint.training().mixed().candidates(),
        training.mixed().candidates(),
        training.updates().gradientClip());
  }

  /** As many networks, with averages or without, or more than one; their rates may change. */
  private void requireCandidates(CheckpointManifest checkpoint) {
    CheckpointManifest.Mixed then = checkpoint.training().mixed();
    CheckpointManifest.Mixed now = training.mixed();
    if (!candidates(checkpoint).possible()) {
      throw new FailureException(
          "the newest checkpoint of job '%s' has other networks side by side: it was made with %s, and this job has %s; set %s to go on with it, or start a new job with trainer.initial=FOLDER of it, which every network then begins with"
              .formatted(checkpoint.job(), told(then), told(now), told(then)));
    }
  }

  private static String told(CheckpointManifest.Mixed mixed) {
    List<Double> rates = mixed.rates() == null ? List.of(1.0) : mixed.rates();
    double average = mixed.average() == null ? 0 : mixed.average();
    String told = rates.stream().map(CheckpointFit::number).collect(Collectors.joining(","));
    return mixed.candidates().count() == 1
        ? "model.rates=%s and model.average=%s".formatted(told, number(average))
        : "model.rates=%s, model.average=%s and model.guest=%s"
            .formatted(told, number(average), mixed.guest() == null ? "none" : mixed.guest());
  }

  /** Without a fraction where it has none. */
  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  /**
   * Demands the same layers, and no features that the model has no column for; classes may be
   * others. A model of the user's own is taken as it is only.
   *
   * @return the schema that the model is of
   * @throws FailureException naming every key that differs, with both values
   */
  Schema requireForWarmStart(Path folder, CheckpointManifest checkpoint) {
    List<String> differences = modelDifferences(checkpoint);
    Schema told = told(checkpoint);
    List<String> missing = ModelTransfer.missing(told, schema);
    boolean layered = !training.layers().model().equals("torchscript");
    Schema relabelled =
        new Schema(schema.features(), schema.kinds(), told.label(), schema.classes());
    if (!layered) {
      relabelled.differenceOf(told).ifPresent(words -> differences.add(0, words));
    } else if (!missing.isEmpty()) {
      differences.add(
          0,
          "it has no events.features=%s, and a column cannot be added to it"
              .formatted(String.join(",", missing)));
    }
    if (!differences.isEmpty()) {
      throw new FailureException(
          "trainer.initial=%s is of another model: %s"
              .formatted(folder, String.join("; ", differences)));
    }
    return told;
  }

  private static Schema told(CheckpointManifest checkpoint) {
    try {
      return checkpoint.schema().toSchema();
    } catch (IllegalArgumentException e) {
      throw new FailureException(
          "the checkpoint of job '%s', of step %d, tells %s"
              .formatted(checkpoint.job(), checkpoint.position().step(), e.getMessage()),
          e);
    }
  }

  private List<String> modelDifferences(CheckpointManifest checkpoint) {
    CheckpointManifest.Layers then = checkpoint.training().layers();
    CheckpointManifest.Layers now = training.layers();
    List<String> differences = new ArrayList<>();
    compare(differences, "model", then.model(), now.model());
    compare(differences, "model.hidden", then.hidden(), now.hidden());
    compare(differences, "model.activation", then.activation(), now.activation());
    compare(differences, "model.quantiles", then.quantiles(), now.quantiles());
    return differences;
  }

  private static void compare(List<String> differences, String key, Object then, Object now) {
    if (!then.equals(now)) {
      differences.add("%s was %s and is %s".formatted(key, then, now));
    }
  }
}
