package dev.counterweight.speed;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.utils.Utils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What an event costs by the number of features, of classes, and by the size of a batch. */
@Command(
    name = "scaling",
    description =
        "Runs all roles over topics of more and more features or classes, and with larger and"
            + " larger batches, and tells what an event costs.",
    mixinStandardHelpOptions = true)
final class Scaling implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int BROKER_MIB = 1024;
  private static final int START_EVENTS = 1000;
  private static final int LEAST_EVENTS = 10 * START_EVENTS;

  /** Of a topic, so that one of wide events is no larger than one of narrow ones. */
  private static final int SCALED_FEATURES = 100;

  @Option(names = "--events", defaultValue = "300000", description = "Of up to 100 features.")
  private long events;

  @Option(names = "--features", split = ",", description = "Default: 10,30,100,1000,5000.")
  private List<Integer> features = List.of(10, 30, 100, 1000, 5000);

  @Option(names = "--classes", split = ",", description = "Default: 2,10,100,1000.")
  private List<Integer> classes = List.of(2, 10, 100, 1000);

  @Option(names = "--batches", split = ",", description = "Default: 32,256,1024,4096.")
  private List<Integer> batches = List.of(32, 256, 1024, 4096);

  @Option(names = "--set", description = "KEY=VALUE of every job.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--output", defaultValue = "target/speed", description = "Folder for scaling.md.")
  private Path output = Path.of("");

  private final PrintStream out;

  Scaling(PrintStream out) {
    this.out = out;
  }

  /**
   * What an event cost.
   *
   * @param of what grows
   * @param cpuUs processor time an event, beyond what a run over next to none takes
   */
  private record Point(String of, int size, long events, double cpuUs, long residentKib) {}

  @Override
  public Integer call() throws Exception {
    Path dir = Files.createTempDirectory("scaling");
    try (BrokerHandle broker = BrokerHandle.start(dir.resolve("broker"), BROKER_MIB)) {
      List<Point> points = new ArrayList<>();
      for (int size : features) {
        points.add(point(dir, broker, "features", size, new MadeEvents(size, 2, false), 256));
      }
      for (int size : classes) {
        points.add(
            point(dir, broker, "classes", size, new MadeEvents(Lineup.FEATURES, size, false), 256));
      }
      for (int size : batches) {
        points.add(
            point(dir, broker, "batch", size, new MadeEvents(Lineup.FEATURES, 2, false), size));
      }
      write(points);
    } finally {
      Utils.delete(dir.toFile());
    }
    return 0;
  }

  private Point point(
      Path dir, BrokerHandle broker, String of, int size, MadeEvents made, int batch)
      throws Exception {
    long scaled = events * SCALED_FEATURES / Math.max(SCALED_FEATURES, made.features());
    long count = Math.max(LEAST_EVENTS, scaled);
    Usage few = run(dir, broker, of + "-" + size + "-start", made, START_EVENTS, batch);
    Usage many = run(dir, broker, of + "-" + size, made, count, batch);
    double cpuUs = (many.cpuS() - few.cpuS()) * 1e6 / (count - START_EVENTS);
    Point point = new Point(of, size, count, cpuUs, many.residentKib());
    out.print(row(point));
    return point;
  }

  private Usage run(
      Path dir, BrokerHandle broker, String name, MadeEvents made, long count, int batch)
      throws Exception {
    new Topics(broker.bootstrap(), 1).fill(name, made, count);
    Product product = new Product(broker.bootstrap(), dir, null, settings);
    Map<String, String> own =
        Map.of(
            "sampler.draws.per.event",
            "1",
            "sampler.record.draws",
            "" + Math.max(256, batch),
            "sampler.memory",
            "64",
            "batch.size",
            "" + batch);
    MeteredProcess.Launch launch =
        product.run(product.settings("job-" + name, name, made, own), "all", "--stop-at-end");
    return new MeteredProcess(broker.pid(), LIMIT).run(launch, dir.resolve(name + ".log"));
  }

  private void write(List<Point> points) throws Exception {
    Files.createDirectories(output);
    StringBuilder text =
        new StringBuilder(
            "| of | size | events | us cpu an event | MiB |\n| --- | --- | --- | --- | --- |\n");
    points.forEach(point -> text.append(row(point)));
    Files.writeString(output.resolve("scaling.md"), text);
    new ObjectMapper()
        .writerWithDefaultPrettyPrinter()
        .writeValue(
            output.resolve("scaling.json").toFile(),
            Map.of("environment", Environment.of(null), "points", points));
    Map<String, List<double[]>> curves = new LinkedHashMap<>();
    for (Point point : points) {
      curves
          .computeIfAbsent(point.of(), of -> new ArrayList<>())
          .add(new double[] {point.size(), point.cpuUs()});
    }
    Files.writeString(output.resolve("scaling.svg"), CostCurves.svg(curves));
  }

  private static String row(Point point) {
    return String.format(
        Locale.ROOT,
        "| %s | %d | %d | %.1f | %d |%n",
        point.of(),
        point.size(),
        point.events(),
        point.cpuUs(),
        point.residentKib() >> 10);
  }
}
