package dev.counterweight.cli;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.config.NameList;
import dev.counterweight.demo.ProgressDisplay;
import dev.counterweight.demo.Replay;
import dev.counterweight.event.Decimal;
import dev.counterweight.event.EventFormat;
import dev.counterweight.kafka.KafkaClients;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Publishes a CSV file into a topic. */
@Command(
    name = "replay",
    description =
        "Publish a CSV file with a header line, gzipped or not, into a topic, row by row.")
final class ReplayCommand extends Subcommand {
  enum Format {
    json,
    csv,
    float32
  }

  @Option(
      names = "--bootstrap-server",
      required = true,
      paramLabel = "HOST:PORT",
      description = "Kafka brokers to start from, comma-separated.")
  private String bootstrapServer = "";

  @Option(
      names = "--file",
      required = true,
      paramLabel = "FILE",
      description =
          "The CSV file; every column but the label is a feature, unless --features says.")
  private Path file = Path.of("");

  @Option(
      names = "--topic",
      required = true,
      paramLabel = "NAME",
      description = "Where to publish; created if absent.")
  private String topic = "";

  @Option(
      names = "--format",
      defaultValue = "json",
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
  private Format format = Format.json;

  @Option(
      names = "--classes",
      paramLabel = "NAME,...",
      description =
          "Labels in class order, one with a comma in double quotes: float32 needs them, the others"
              + " check by them.")
  private String classes = "";

  @Option(
      names = "--features",
      paramLabel = "NAME,...",
      description = "Columns that are features, in order, one with a comma in double quotes.")
  private String features = "";

  @Option(
      names = "--label",
      defaultValue = "label",
      paramLabel = "NAME",
      description = "Column that holds the class. Default: ${DEFAULT-VALUE}.")
  private String label = "";

  @Option(
      names = "--delimiter",
      defaultValue = ",",
      paramLabel = "CHARACTER",
      description = "What separates columns; 'tab' for a tab. Default: a comma.")
  private String delimiter = "";

  @Option(
      names = "--from-line",
      defaultValue = "0",
      paramLabel = "N",
      description = "Go on with the row that begins on this line, or the next after it.")
  private long fromLine;

  @Option(
      names = "--rate",
      defaultValue = "0",
      paramLabel = "N",
      description = "Events a second; 0, the default, for as fast as the broker takes them.")
  private String rate = "";

  @Option(
      names = "--partitions",
      defaultValue = "3",
      paramLabel = "N",
      description = "Partitions of the topic if it is created. Default: ${DEFAULT-VALUE}.")
  private int partitions;

  @Override
  int run(PrintWriter out) {
    check();
    KafkaClients clients = new KafkaClients(new KafkaConfig(bootstrapServer, Map.of()));
    Replay.Options options =
        new Replay.Options(
            file,
            names("--features", features),
            label,
            names("--classes", classes),
            topic,
            partitions,
            EventFormat.valueOf(format.name().toUpperCase(Locale.ROOT)),
            Decimal.parse(rate),
            delimiter.equals("tab") ? '\t' : delimiter.charAt(0),
            fromLine);
    ProgressDisplay display = new ProgressDisplay(topic, -1, Main.onTerminal(), out);
    Replay replay =
        new Replay(
            options,
            clients,
            bootstrapServer,
            InstantSource.system(),
            progress -> display.update(progress.published(), estimate(progress), ""));
    try (Termination termination = Termination.calls(replay::stop)) {
      Replay.Result result;
      try (display) {
        result = replay.run();
        display.finish(result.published(), "");
      }
      out.printf(Locale.ROOT, "%d events published to '%s'%n", result.published(), topic);
      result.counts().forEach((name, count) -> out.printf(Locale.ROOT, "  %s: %d%n", name, count));
      if (result.nextLine() > 0) {
        out.printf(Locale.ROOT, "stopped: go on with --from-line=%d%n", result.nextLine());
      }
    }
    return 0;
  }

  /** The file's rows, judged by how much of it is read; the file is not read twice to know. */
  private static long estimate(Replay.Progress progress) {
    return progress.fractionRead() <= 0
        ? progress.published()
        : Math.max(
            progress.published(), Math.round(progress.published() / progress.fractionRead()));
  }

  private void check() {
    require(
        Decimal.is(rate) && Decimal.parse(rate) >= 0 && Decimal.parse(rate) < 1e9,
        "--rate=%s: must be a number of at least 0",
        rate);
    require(
        delimiter.equals("tab") || (delimiter.length() == 1 && !"\"\r\n".contains(delimiter)),
        "--delimiter=%s: must be one character, or tab",
        delimiter);
    require(fromLine >= 0, "--from-line=%d: must be at least 0", fromLine);
    require(partitions >= 1, "--partitions=%d: must be at least 1", partitions);
    require(
        format != Format.float32 || !classes.isEmpty(),
        "--format=float32 writes the class index: --classes must name the labels in class order");
  }

  private List<String> names(String option, String text) {
    if (text.isBlank()) {
      return List.of();
    }
    Optional<List<String>> names = NameList.parse(text);
    require(names.isPresent(), "%s=%s: a double quote is not closed", option, text);
    return names.get();
  }
}
