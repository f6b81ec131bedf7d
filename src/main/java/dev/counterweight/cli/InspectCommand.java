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
    CheckpointManifest.Origin origin = m.origin();
    line(out, "job", m.job());
    line(
        out,
        "step",
        String.format(
            Locale.ROOT,
            "%,d, next batch offset %,d",
            m.position().step(),
            m.position().batchOffset()));
    line(
        out,
        "written",
        origin.createdAt() + " by " + origin.writer() + " on " + origin.architecture());
    line(out, "parent", origin.parent() == null ? "none" : origin.parent());
    line(
        out,
        "model",
        "%s %s, %s features, %s classes"
            .formatted(
                training.layers().model(),
                training.layers().model().equals("linear") ? "" : training.layers().hidden(),
                m.schema().features().size(),
                m.schema().classes().size()));
    line(
        out,
        "training",
        "%s, %s, %s at %s, batches of %s, seed %s"
            .formatted(
                training.objective().loss(),
                training.objective().reduction(),
                training.updates().optimizer(),
                training.updates().learningRate(),
                training.batchSize(),
                training.seed()));
    line(out, "events up to", m.stream().spans());
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
              m.shares().priors().getOrDefault(name, 0.0),
              m.shares().classWeights().getOrDefault(name, 0.0)));
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
    out.printf("%-28s %s%n", name, value);
  }
}
