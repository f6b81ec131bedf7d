package dev.counterweight.speed;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Events a second, processor time and memory of each participant over the same topics. */
@Command(
    name = "throughput",
    description =
        "Fills topics once, then runs bare consumer, roles, all roles and Python peers in turn,"
            + " each a process of its own, and tells medians and ratios.",
    mixinStandardHelpOptions = true)
final class Throughput implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int BROKER_MIB = 1024;

  @Option(
      names = "--events",
      defaultValue = "3000000",
      description = "Of the large topic. Default: ${DEFAULT-VALUE}.")
  private long events;

  @Option(names = "--rounds", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(names = "--partitions", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private int partitions;

  @Option(
      names = "--only",
      split = ",",
      description = "Participants by name; sampler, trainer and scorer need those before them.")
  private List<String> only = new ArrayList<>();

  @Option(names = "--set", description = "KEY=VALUE of every job. Default: nothing.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--launcher",
      description =
          "Program that starts Counterweight, such as ./counterweight, so that its start is"
              + " measured too. Default: java, on this program's class path.")
  private @Nullable Path launcher;

  @Option(names = "--peer", description = "The Python script that does the same.")
  private @Nullable Path peer;

  @Option(
      names = "--peer-json",
      defaultValue = "src/bench/python/peer_json.py",
      description = "The same of JSON events. Default: ${DEFAULT-VALUE}.")
  private Path peerJson = Path.of("");

  @Option(
      names = "--python",
      defaultValue = "python3",
      description = "A Python with the peers' libraries. Default: ${DEFAULT-VALUE}.")
  private String python = "";

  @Option(
      names = "--others",
      defaultValue = "0.1",
      description =
          "Share of the processors that others may have during a run; beyond it the round is"
              + " given up. Default: ${DEFAULT-VALUE}.")
  private double others;

  @Option(
      names = "--scratch",
      description = "Folder for topics, jobs and logs, which stays. Default: one that is deleted.")
  private @Nullable Path scratch;

  @Option(
      names = "--output",
      defaultValue = "target/speed",
      description = "Folder for throughput.md and throughput.json. Default: ${DEFAULT-VALUE}.")
  private Path output = Path.of("");

  private final PrintStream out;

  Throughput(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws Exception {
    if (!ProcessorTimes.known()) {
      out.println("this needs Linux, whose /proc tells what processes take");
      return 2;
    }
    String libraries = peer == null ? null : Environment.libraries(python);
    if (peer == null) {
      out.println("no Python peers take part: --peer names none");
    } else if (libraries == null) {
      out.println(python + " lacks torch, numpy, sklearn or confluent_kafka: no peers take part");
      return 2;
    }
    Path dir = scratch != null ? scratch : Files.createTempDirectory("whole-path");
    Files.createDirectories(dir);
    try (BrokerHandle broker = BrokerHandle.start(dir.resolve("broker"), BROKER_MIB)) {
      return measure(dir, broker, Environment.of(libraries));
    } finally {
      if (scratch == null) {
        Utils.delete(dir.toFile());
      }
    }
  }

  private int measure(Path dir, BrokerHandle broker, Map<String, String> environment)
      throws Exception {
    Lineup.Peers peers = peer == null ? null : new Lineup.Peers(python, peer, peerJson);
    Path started = launcher == null ? null : launcher.toAbsolutePath();
    Lineup lineup =
        new Lineup(
            new Topics(broker.bootstrap(), partitions),
            new Product(broker.bootstrap(), dir, started, settings),
            peers,
            events);
    List<Participant> all = lineup.all();
    List<String> names = all.stream().map(Participant::name).toList();
    if (!names.containsAll(only)) {
      out.println("--only=%s: there are %s".formatted(String.join(",", only), names));
      return 2;
    }
    lineup.prepare();
    List<Participant> participants =
        all.stream().filter(p -> only.isEmpty() || only.contains(p.name())).toList();
    Rounds measured = new Rounds(new MeteredProcess(broker.pid(), LIMIT), dir, others, out);
    List<Run> runs = measured.run(participants, rounds, 2 * rounds);
    environment.put("partitions", "" + partitions);
    environment.put("settings", settings.toString());
    ThroughputReport report = new ThroughputReport(environment, runs, measured.givenUp());
    report.write(output);
    out.println();
    out.print(report.markdown());
    return runs.size() == rounds * participants.size() ? 0 : 1;
  }
}
