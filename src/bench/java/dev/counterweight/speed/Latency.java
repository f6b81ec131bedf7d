package dev.counterweight.speed;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.protocol.JobTopics;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.utils.Utils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How long after it was due an event is counted, in a batch, trained on, and behind a score. */
@Command(
    name = "latency",
    description =
        "Sends events at an even rate, whatever becomes of them, and tells how long after each was"
            + " due it was counted, in a batch, trained on, and behind a score.",
    mixinStandardHelpOptions = true)
final class Latency implements Callable<Integer> {
  private static final int BROKER_MIB = 1024;
  private static final double[] QUANTILES = {0.5, 0.99, 0.999};

  @Option(
      names = "--burst",
      defaultValue = "1500000",
      description = "Events that tell the maximum.")
  private long burst;

  @Option(names = "--maximum", description = "Events a second. Default: measured by the burst.")
  private double maximum;

  @Option(names = "--shares", split = ",", description = "Of the maximum. Default: 0.1,0.5,0.9.")
  private List<Double> shares = List.of(0.1, 0.5, 0.9);

  @Option(names = "--seconds", defaultValue = "20", description = "Of each share; and 5 before.")
  private int seconds;

  @Option(names = "--set", description = "KEY=VALUE of the job.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--output", defaultValue = "target/speed", description = "Folder for latency.md.")
  private Path output = Path.of("");

  private final PrintStream out;

  Latency(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws Exception {
    Path dir = Files.createTempDirectory("latency");
    try (BrokerHandle broker = BrokerHandle.start(dir.resolve("broker"), BROKER_MIB)) {
      measure(dir, broker.bootstrap());
    } finally {
      Utils.delete(dir.toFile());
    }
    return 0;
  }

  private void measure(Path dir, String bootstrap) throws Exception {
    Topics topics = new Topics(bootstrap, 1);
    MadeEvents made = new MadeEvents(Lineup.FEATURES, 2, false);
    topics.create("events");
    topics.create("probes");
    Product product = new Product(bootstrap, dir, null, settings);
    Map<String, String> job = product.settings("latency", "events", made, quick());
    Path file = product.write(job);
    Stages stages = new Stages(bootstrap, new JobTopics("latency", "events"));
    try (OpenLoop load = new OpenLoop(bootstrap, made, stages);
        OpenLoop.Job running = load.start(file)) {
      List<LoadLevel> levels = new ArrayList<>();
      double most = load.burst(burst);
      if (maximum > 0) {
        most = maximum;
      }
      for (double share : shares) {
        levels.add(load.run(share, share * most, seconds + OpenLoop.WARM_S));
      }
      tell(most, stages, levels);
    }
  }

  /** What a job has that is to learn at once, and few draws: beyond the steps, what is measured. */
  private static Map<String, String> quick() {
    return Map.of(
        "sampler.draws.per.event", "0.05",
        "evaluation.share", "0.02",
        "batch.size", "256",
        "sampler.linger", "200ms",
        "weights.update.interval", "200ms",
        "checkpoint.interval", "1s",
        "scores.events.topic", "probes");
  }

  private void tell(double most, Stages stages, List<LoadLevel> levels) throws Exception {
    Map<String, Stage> named = new LinkedHashMap<>();
    named.put("counted", stages.counted);
    named.put("in a batch", stages.batched);
    named.put("trained on", stages.trained);
    named.put("scored by a model that knows it", stages.scored);
    StringBuilder text = new StringBuilder();
    text.append("maximum %.0f events/s; settings %s %s%n%n".formatted(most, quick(), settings));
    text.append(
        "| load | until | p50 ms | p99 ms | p99.9 ms | events |\n"
            + "| --- | --- | --- | --- | --- | --- |\n");
    List<Map<String, Object>> all = new ArrayList<>();
    for (LoadLevel level : levels) {
      long first = level.from() + (long) (OpenLoop.WARM_S * level.rate());
      named.forEach(
          (until, stage) -> {
            double[] ms = stage.sinceDueMs(level, first);
            double[] of = quantiles(ms);
            text.append(
                String.format(
                    Locale.ROOT,
                    "| %.0f %%, %.0f/s | %s | %.0f | %.0f | %.0f | %d |%n",
                    level.share() * 100,
                    level.rate(),
                    until,
                    of[0],
                    of[1],
                    of[2],
                    ms.length));
            all.add(
                Map.of(
                    "share",
                    level.share(),
                    "rate",
                    level.rate(),
                    "until",
                    until,
                    "p50_ms",
                    of[0],
                    "p99_ms",
                    of[1],
                    "p999_ms",
                    of[2],
                    "events",
                    ms.length));
          });
    }
    Files.createDirectories(output);
    Files.writeString(output.resolve("latency.md"), text);
    Map<String, Object> told =
        Map.of("environment", Environment.of(null), "maximum", most, "latencies", all);
    new ObjectMapper()
        .writerWithDefaultPrettyPrinter()
        .writeValue(output.resolve("latency.json").toFile(), told);
    out.print(text);
  }

  private static double[] quantiles(double[] sorted) {
    double[] of = new double[QUANTILES.length];
    for (int q = 0; q < of.length; q++) {
      of[q] = sorted.length == 0 ? -1 : sorted[(int) (QUANTILES[q] * (sorted.length - 1))];
    }
    return of;
  }
}
