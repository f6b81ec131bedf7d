package dev.counterweight.cli;

import dev.counterweight.config.Amount;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.config.NameList;
import dev.counterweight.config.RegistryConfig;
import dev.counterweight.demo.ColumnType;
import dev.counterweight.demo.LabelsApart;
import dev.counterweight.demo.ProgressDisplay;
import dev.counterweight.demo.Replay;
import dev.counterweight.event.Decimal;
import dev.counterweight.event.EventFormat;
import dev.counterweight.kafka.KafkaClients;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Publishes a CSV file into a topic. */
@Command(
    name = "replay",
    description =
        "Publish a CSV file with a header line, gzipped or not, into a topic, row by row.")
final class ReplayCommand extends Subcommand {
  private static final Duration REGISTRY_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration MOST_DELAY = Duration.ofDays(30);

  enum Format {
    json,
    csv,
    float32,
    avro,
    protobuf
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
      names = "--types",
      paramLabel = "NAME=TYPE,...",
      description =
          "What columns hold: number, integer, boolean, time or text. That of others is found over"
              + " the whole file; a blank field is a missing value.")
  private String types = "";

  @Option(
      names = "--schema-registry",
      paramLabel = "URL",
      description =
          "Register the schema as TOPIC-value at a registry with Confluent's REST API, and frame"
              + " every value by its id.")
  private @Nullable String registry;

  @Option(
      names = "--schema-out",
      paramLabel = "FILE",
      description = "Write the schema into a file that events.schema.file can name.")
  private @Nullable Path schemaOut;

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

  @Option(
      names = "--labels-topic",
      paramLabel = "NAME",
      description =
          "Publish the labels apart, into this topic, as JSON under the same keys; created if"
              + " absent. --labels-delay says how much later.")
  private @Nullable String labelsTopic;

  @Option(
      names = "--labels-delay",
      defaultValue = "1m",
      paramLabel = "LEAST..MOST",
      description =
          "By how much a label's time is later than its event's: a duration such as 5m, or two, as"
              + " 10s..2h, between which each is drawn. All times are earlier by the longest, so"
              + " that none is of the future. Default: ${DEFAULT-VALUE}.")
  private String labelsDelay = "";

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Of the delays. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  int run(PrintWriter out) {
    check();
    LabelsApart apart = apart();
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
            fromLine,
            types(),
            registry(),
            schemaOut,
            apart);
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
      out.printf("%d events published to '%s'%n", result.published(), topic);
      result.counts().forEach((name, count) -> out.printf("  %s: %d%n", name, count));
      if (apart != null) {
        out.printf(
            "their labels are in '%s': the job reads them by labels.topic=%s labels.format=json"
                + " labels.label=%s labels.wait=%dms, instead of events.label, with a folder in"
                + " labels.state.dir%n",
            apart.topic(), apart.topic(), label, Math.max(1, apart.mostDelayMs()));
      }
      if (result.nextLine() > 0) {
        out.printf("stopped: go on with --from-line=%d%n", result.nextLine());
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

  private @Nullable LabelsApart apart() {
    if (labelsTopic == null) {
      return null;
    }
    require(
        !labelsTopic.equals(topic),
        "--labels-topic=%s: must be another topic than --topic",
        labelsTopic);
    String[] ends = labelsDelay.split("\\.\\.", -1);
    long least = Amount.DURATION.parse(ends[0]);
    long most = Amount.DURATION.parse(ends[ends.length - 1]);
    require(
        ends.length <= 2 && least >= 0 && most >= least && most <= MOST_DELAY.toMillis(),
        "--labels-delay=%s: must be a duration such as 5m, or two as 10s..2h, the longer behind; at"
            + " most 30d",
        labelsDelay);
    return new LabelsApart(labelsTopic, least, most, seed);
  }

  private Map<String, ColumnType> types() {
    Map<String, ColumnType> declared = new LinkedHashMap<>();
    for (String part : names("--types", types)) {
      int equals = part.lastIndexOf('=');
      Optional<ColumnType> type =
          Arrays.stream(ColumnType.values())
              .filter(t -> t.toString().equals(part.substring(equals + 1)))
              .findFirst();
      require(
          equals > 0 && type.isPresent(),
          "--types=%s: must be NAME=TYPE with one of %s",
          part,
          Arrays.toString(ColumnType.values()));
      declared.put(part.substring(0, equals), type.orElseThrow());
    }
    return declared;
  }

  private @Nullable RegistryConfig registry() {
    if (registry == null) {
      return null;
    }
    Optional<URI> url = url(registry);
    require(url.isPresent(), "--schema-registry=%s: must be an http or https URL", registry);
    return new RegistryConfig(url.orElseThrow(), REGISTRY_TIMEOUT);
  }

  private static Optional<URI> url(String text) {
    try {
      URI url = URI.create(text.replaceAll("/+$", ""));
      boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      return http && url.getHost() != null ? Optional.of(url) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
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
