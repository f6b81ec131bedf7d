package dev.counterweight.cli;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.ConfigSources;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.exporting.Agreement;
import dev.counterweight.exporting.ModelExport;
import dev.counterweight.exporting.OnnxStructure;
import dev.counterweight.exporting.SampleRows;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.learning.ExportedModule;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.ServedModel;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.trainer.NewestCheckpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a model for other runtimes. */
@Command(
    name = "export",
    description =
        "Write the model of a checkpoint as one file for other runtimes: raw features in, "
            + "probabilities and decision out. The file is tried on made-up rows against what the "
            + "scorer tells of them; docs/scoring.md says what it takes and gives.")
final class ExportCommand extends Subcommand {
  /** Enough for every missing rule and category to be met. */
  private static final int ROWS = 1000;

  private static final long SEED = 1;

  @ArgGroup(multiplicity = "1")
  private @Nullable Source source;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the file and of the environment; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--format",
      required = true,
      paramLabel = "onnx|torchscript",
      description = "The form of the file: ${COMPLETION-CANDIDATES}.")
  private @Nullable Format format;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The file to write.")
  private Path out = Path.of("");

  @Option(
      names = "--mlflow",
      description =
          "Write MLmodel and what it needs beside an ONNX file: its folder is then an MLflow"
              + " model.")
  private boolean mlflow;

  /** Where the model is from. */
  static final class Source {
    @Option(
        names = "--config",
        required = true,
        paramLabel = "FILE",
        description = "The job's .properties file: its newest announced checkpoint.")
    private @Nullable Path config;

    @Option(
        names = "--checkpoint",
        required = true,
        paramLabel = "DIR",
        description = "A checkpoint, or the newest in a folder of checkpoints.")
    private @Nullable Path checkpoint;
  }

  /** What can be written. */
  enum Format {
    onnx,
    torchscript
  }

  @Override
  int run(PrintWriter printed) {
    require(!mlflow || format == Format.onnx, "--mlflow goes with --format onnx");
    StoredCheckpoint checkpoint = checkpoint();
    boolean onnx = format == Format.onnx;
    byte[] module = ModelExport.torchScript(checkpoint);
    byte[] file = onnx ? ModelExport.onnx(checkpoint) : module;
    Agreement agreement = check(checkpoint, module);
    String structure = onnx ? structure(file) : "";
    write(out, file);
    if (mlflow) {
      for (Map.Entry<String, String> text :
          ModelExport.mlflow(checkpoint, String.valueOf(out.getFileName())).entrySet()) {
        write(out.resolveSibling(text.getKey()), text.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    tell(printed, checkpoint, file.length, agreement, structure);
    return 0;
  }

  private StoredCheckpoint checkpoint() {
    Source from = Objects.requireNonNull(source);
    if (from.checkpoint != null) {
      return StoredCheckpoint.at(from.checkpoint);
    }
    Path file = Objects.requireNonNull(from.config);
    JobConfig config = JobConfigLoader.load(ConfigSources.merge(file, System.getenv(), settings));
    JobCommand.requireCheckpoints(config);
    return NewestCheckpoint.of(config, new KafkaClients(config.kafka()))
        .orElseThrow(
            () -> new FailureException("job '%s' has no checkpoint yet".formatted(config.job())));
  }

  /** Runs the calculation that the file spells, in libtorch. */
  private static Agreement check(StoredCheckpoint checkpoint, byte[] module) {
    try (ServedModel model = ServedCheckpoint.of(checkpoint);
        ExportedModule exported = new ExportedModule(module)) {
      byte[] parameters = Objects.requireNonNull(checkpoint.files().get(StoredCheckpoint.MODEL));
      SampleRows rows = SampleRows.of(model.features(), SafeTensors.parse(parameters), ROWS, SEED);
      ExportedModule.Told told = exported.run(rows.inputs());
      Agreement agreement =
          Agreement.of(
              model,
              checkpoint.manifest().serving(),
              rows.columns(),
              told.probabilities(),
              told.decisions());
      if (!agreement.holds()) {
        throw new FailureException(
            "nothing was written: of %d rows, probabilities differ by up to %.1e from the scorer's, which may be %.0e, and %d are decided otherwise; this is a defect: please report it"
                .formatted(
                    agreement.rows(), agreement.largest(), Agreement.MOST, agreement.decided()));
      }
      return agreement;
    }
  }

  private static String structure(byte[] file) {
    try {
      return String.format(
          Locale.ROOT,
          "; the ONNX file has the same in %,d nodes, and was read back but not run: there is no"
              + " ONNX runtime here",
          OnnxStructure.of(file).nodes());
    } catch (IOException e) {
      throw new FailureException("nothing was written: the ONNX file is not sound: " + e, e);
    }
  }

  /** Whole or not at all. */
  private static void write(Path file, byte[] bytes) {
    Path target = file.toAbsolutePath();
    Path temporary = target.resolveSibling("." + target.getFileName() + ".part");
    try {
      Files.createDirectories(target.getParent());
      Files.write(temporary, bytes);
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new FailureException("--out=%s cannot be written: %s".formatted(file, e), e);
    }
  }

  private void tell(
      PrintWriter printed,
      StoredCheckpoint checkpoint,
      long bytes,
      Agreement agreement,
      String structure) {
    printed.printf(
        "%s: %s of job '%s', step %d, %,d bytes%n",
        out, format, checkpoint.manifest().job(), checkpoint.manifest().position().step(), bytes);
    printed.printf(
        "checked: %,d made-up rows through libtorch give the scorer's decisions, and its"
            + " probabilities to %.0e%s%n",
        agreement.rows(), agreement.largest(), structure);
  }
}
