package dev.counterweight.cli;

import dev.counterweight.checkpoint.CheckpointInspection;
import dev.counterweight.checkpoint.CheckpointManifest;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Says what a checkpoint is and whether it is whole. */
@Command(
    name = "inspect",
    description =
        "Show a checkpoint, or the newest in a folder: what it is, what it was trained on, its "
            + "metrics, and whether its hashes hold. Exits 1 if they do not.")
final class InspectCommand extends Subcommand {
  @Parameters(paramLabel = "FOLDER", description = "A checkpoint, or a folder of checkpoints.")
  private Path folder = Path.of("");

  @Override
  int run(PrintWriter out) {
    CheckpointInspection found = CheckpointInspection.of(folder);
    model(out, found.manifest());
    line(out, "checkpoint", found.folder());
    classes(out, found.manifest());
    metrics(out, "", found.manifest().metrics());
    found
        .manifest()
        .files()
        .forEach(
            (name, entry) ->
                line(
                    out,
                    name,
                    found.problems().containsKey(name)
                        ? "DAMAGED: " + found.problems().get(name)
                        : String.format(Locale.ROOT, "%,d bytes, hash holds", entry.bytes())));
    out.println(found.whole() ? "whole" : "damaged: restore it, or use the one before it");
    return found.whole() ? 0 : Main.FAILED;
  }

  private static void model(PrintWriter out, CheckpointManifest m) {
    CheckpointManifest.Training training = m.training();
    line(out, "job", m.job());
    line(
        out,
        "step",
        String.format(Locale.ROOT, "%,d, next batch offset %,d", m.step(), m.batchOffset()));
    line(out, "written", m.createdAt() + " by " + m.writer() + " on " + m.architecture());
    line(out, "parent", m.parent() == null ? "none" : m.parent());
    line(
        out,
        "model",
        "%s %s, %s features, %s classes"
            .formatted(
                training.model(),
                training.model().equals("linear") ? "" : training.hidden(),
                m.schema().features().size(),
                m.schema().classes().size()));
    line(
        out,
        "training",
        "%s, %s, %s at %s, batches of %s, seed %s"
            .formatted(
                training.loss(),
                training.reduction(),
                training.optimizer(),
                training.learningRate(),
                training.batchSize(),
                training.seed()));
    line(out, "events up to", m.spans());
    line(out, "schema", m.schema().hash() == null ? "not told" : m.schema().hash());
    line(out, "features", String.join(", ", m.schema().features()));
  }

  private static void classes(PrintWriter out, CheckpointManifest m) {
    for (String name : m.schema().classes()) {
      line(
          out,
          "class " + name,
          String.format(
              Locale.ROOT,
              "prior %.6f, weight %.4g",
              m.priors().getOrDefault(name, 0.0),
              m.classWeights().getOrDefault(name, 0.0)));
    }
  }

  private static void metrics(PrintWriter out, String prefix, Map<?, ?> metrics) {
    metrics.forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> nested) {
            metrics(out, prefix + key + " ", nested);
          } else if (value instanceof Double number) {
            line(out, prefix + key, String.format(Locale.ROOT, "%.4f", number));
          } else {
            line(out, prefix + key, value);
          }
        });
  }

  private static void line(PrintWriter out, String name, @Nullable Object value) {
    out.printf(Locale.ROOT, "%-28s %s%n", name, value);
  }
}
