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
  /** Every event once, as it comes, paid alike; one network, served and decided as learnt. */
  private static final Map<String, String> NATURAL =
      Map.of(
          "weights.formula", "none",
          "sampler.weights", "none",
          "sampler.draws.per.event", "1",
          "sampler.arrival.share", "1",
          "calibrate", "false",
          "model.rates", "1",
          "model.average", "0",
          "model.forest", "0",
          "decision", "argmax-scores");

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
      description =
          "Names, without .csv.gz or .jsonl.gz, or none; also made streams by name: ratio, swapped,"
              + " runs, moved, flipped, gaussians. Default: all files.")
  private List<String> sets = new ArrayList<>();

  @Option(names = "--seeds", defaultValue = "1-5", description = "N or FROM-TO.")
  private String seeds = "1-5";

  @Option(
      names = "--rows",
      description = "Rows of each set, at most. Default: 150000 of a file, all of a made stream.")
  private @Nullable Long rows;

  @Option(names = "--last", description = "Give the figures of the last N events too.")
  private int last;

  @Option(names = "--set", description = "KEY=VALUE of the job. Default: nothing.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--natural",
      description = "Run a job beside it that takes events as they come, without calibrator.")
  private boolean natural;

  @Option(
      names = "--streams",
      description =
          "Replay made streams too: some whose priors change or that come in runs, each also by a"
              + " job whose counts have a half-life, and some in which what tells the classes"
              + " changes.")
  private boolean streams;

  @Option(
      names = "--without-broker",
      description = "Leave the broker out: the same figures, sooner; no plots of class weights.")
  private boolean withoutBroker;

  @Option(
      names = "--output",
      description = "Folder for quality.json, quality.html and a picture of each set.")
  private @Nullable Path output;

  private final PrintStream out;

  private Quality(PrintStream out) {
    this.out = out;
  }

  public static void main(String[] arguments) {
    int status;
    try {
      status = new CommandLine(new Quality(System.out)).execute(arguments);
    } catch (NoClassDefFoundError e) {
      System.err.println(
          "class %s is on no class path: target/test-classpath.txt has all, target/classpath.txt"
                  .formatted(e.getMessage())
              + " what ships alone; mvn test-compile writes them (CONTRIBUTING.md)");
      status = 1;
    }
    System.exit(status);
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
    QualityReport report = new QualityReport(runs, Peers.stored());
    out.println();
    out.print(report.text());
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
    QualityRun run(
        EventSet set,
        String variant,
        long seed,
        Map<String, String> values,
        @Nullable Watched watched)
        throws IOException, InterruptedException, ExecutionException;
  }

  private void throughBroker(Path scratch, List<QualityRun> runs) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(scratch.resolve("broker"))) {
      QualityJob job = new QualityJob(broker.bootstrapServers(), scratch.resolve("checkpoints"));
      all(job::publish, job::run, runs);
    }
  }

  private void all(Consumer<EventSet> before, Job job, List<QualityRun> runs) throws Exception {
    for (EventSet set : new Sets(data, sets, rows, streams).all()) {
      before.accept(set);
      for (var variant :
          variants(settings, Streams.PRIORS.contains(set.name()), natural).entrySet()) {
        run(job, set, variant.getKey(), variant.getValue(), runs);
      }
      if (set instanceof Gaussians known && last > 0) {
        runs.add(runs.get(runs.size() - 1).with("bayes, last " + last, known.bayes(last)));
      }
    }
  }

  private void run(
      Job job, EventSet set, String variant, Map<String, String> values, List<QualityRun> runs)
      throws IOException, InterruptedException, ExecutionException {
    for (long seed : seeds()) {
      boolean watch = output != null || last > 0 || Streams.CHANGING.contains(set.name());
      Watched watched = watch ? new Watched(set, last) : null;
      QualityRun run = job.run(set, variant, seed, values, watched);
      runs.add(run);
      out.print(QualityReport.line(run));
      out.printf("  seed %d, %.0f s%n", seed, run.summary().path("seconds").doubleValue());
      Map<String, Object> ofLast = watched == null ? null : watched.last();
      if (ofLast != null) {
        runs.add(run.with(variant + ", last " + last, ofLast));
      }
    }
  }

  private long[] seeds() {
    String[] ends = seeds.split("-", 2);
    return LongStream.rangeClosed(Long.parseLong(ends[0]), Long.parseLong(ends[ends.length - 1]))
        .toArray();
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }
}
