package dev.counterweight.quality;

import dev.counterweight.demo.EmbeddedBroker;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures how well a job learns from one pass over each data set of a folder, test then train from
 * the first event, through broker, counter, sampler and trainer, or the same without a broker. A
 * run with the same seed gives the same figures, either way.
 */
@Command(
    name = "quality",
    description = "Replays data sets through the whole pipeline and says how well it learns.",
    mixinStandardHelpOptions = true)
final class Quality implements Callable<Integer> {
  /** Every event once, as it comes, paid alike; served as learnt. */
  private static final Map<String, String> NATURAL =
      Map.of(
          "weights.formula", "none",
          "sampler.weights", "none",
          "sampler.draws.per.event", "1",
          "sampler.arrival.share", "1",
          "calibrate", "false");

  private static final String CSV = ".csv.gz";
  private static final String JSON = ".jsonl.gz";

  /** A tenth of the stretch for which a made stream keeps its priors. */
  private static final String HALF_LIFE = "2000 events";

  @Option(
      names = "--data",
      required = true,
      description = "Folder of NAME.csv.gz and NAME.jsonl.gz files.")
  private Path data = Path.of("");

  @Option(
      names = "--sets",
      split = ",",
      description = "Names, without .csv.gz or .jsonl.gz, or none. Default: all.")
  private List<String> sets = new ArrayList<>();

  @Option(names = "--seeds", defaultValue = "1-5", description = "N or FROM-TO.")
  private String seeds = "1-5";

  @Option(
      names = "--rows",
      defaultValue = "150000",
      description = "Rows of each set, at most. Default ${DEFAULT-VALUE}.")
  private long rows = 150_000;

  @Option(names = "--set", description = "KEY=VALUE of the job. Default: nothing.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--natural",
      description = "Run a job beside it that takes events as they come, without calibrator.")
  private boolean natural;

  @Option(
      names = "--streams",
      description =
          "Replay made streams too, whose priors change or that come in runs; each also by a job"
              + " whose counts have a half-life.")
  private boolean streams;

  @Option(
      names = "--without-broker",
      description = "Leave the broker out: the same figures, sooner; no plots over time.")
  private boolean withoutBroker;

  @Option(names = "--output", description = "Folder for quality.json and quality.html.")
  private @Nullable Path output;

  private final PrintStream out;

  private Quality(PrintStream out) {
    this.out = out;
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Quality(System.out)).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    List<QualityRun> runs = new ArrayList<>();
    Path scratch = Files.createTempDirectory("quality");
    try {
      if (withoutBroker) {
        BrokerlessJob job = new BrokerlessJob(scratch);
        all(set -> {}, job::run, runs);
      } else {
        throughBroker(scratch, runs);
      }
    } finally {
      delete(scratch);
    }
    QualityReport report = new QualityReport(runs);
    out.println();
    out.print(report.table());
    out.println();
    out.print(report.recalls());
    if (output != null) {
      report.write(output);
    }
    return 0;
  }

  /**
   * The jobs that replay a data set, {variant: settings}.
   *
   * @param changing whether the set's priors change: one more job follows them
   */
  static Map<String, Map<String, String>> variants(
      Map<String, String> settings, boolean changing, boolean natural) {
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    all.put("job", settings);
    if (changing) {
      Map<String, String> following = new LinkedHashMap<>(settings);
      following.putIfAbsent("counts.half.life", HALF_LIFE);
      all.put("half-life", following);
    }
    if (natural) {
      all.put("natural", NATURAL);
    }
    return all;
  }

  /** One run of a job over a data set. */
  private interface Job {
    QualityRun run(EventSet set, String variant, long seed, Map<String, String> values)
        throws IOException, InterruptedException, ExecutionException;
  }

  private void throughBroker(Path scratch, List<QualityRun> runs) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(scratch.resolve("broker"))) {
      QualityJob job = new QualityJob(broker.bootstrapServers(), scratch.resolve("checkpoints"));
      all(
          job::publish,
          (set, variant, seed, values) -> job.run(set, variant, seed, values, output != null),
          runs);
    }
  }

  private void all(Consumer<EventSet> before, Job job, List<QualityRun> runs) throws Exception {
    for (EventSet set : sets()) {
      before.accept(set);
      for (var variant :
          variants(settings, Streams.NAMES.contains(set.name()), natural).entrySet()) {
        run(job, set, variant.getKey(), variant.getValue(), runs);
      }
    }
  }

  private void run(
      Job job, EventSet set, String variant, Map<String, String> values, List<QualityRun> runs)
      throws IOException, InterruptedException, ExecutionException {
    for (long seed : seeds()) {
      QualityRun run = job.run(set, variant, seed, values);
      runs.add(run);
      out.print(new QualityReport(List.of(run)).table().lines().skip(1).findFirst().orElse(""));
      out.printf("  seed %d, %.0f s%n", seed, run.summary().path("seconds").doubleValue());
    }
  }

  private long[] seeds() {
    String[] ends = seeds.split("-", 2);
    return LongStream.rangeClosed(Long.parseLong(ends[0]), Long.parseLong(ends[ends.length - 1]))
        .toArray();
  }

  /** One after another, so that one alone is in memory. */
  private Iterable<EventSet> sets() throws IOException {
    Stream<EventSet> made = streams ? Streams.all().stream().map(set -> set) : Stream.empty();
    Stream<EventSet> loaded =
        files().stream()
            .map(
                file -> {
                  try {
                    return file.toString().endsWith(JSON)
                        ? JsonEvents.load(file, rows)
                        : DataSet.load(file, rows);
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
    return Stream.concat(loaded, made)::iterator;
  }

  private Path file(String name) {
    Path json = data.resolve(name + JSON);
    return Files.exists(json) ? json : data.resolve(name + CSV);
  }

  private List<Path> files() throws IOException {
    if (!sets.isEmpty()) {
      return sets.stream().filter(name -> !name.equals("none")).map(this::file).toList();
    }
    try (Stream<Path> all = Files.list(data)) {
      return all.filter(file -> file.toString().endsWith(CSV) || file.toString().endsWith(JSON))
          .sorted()
          .toList();
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }
}
