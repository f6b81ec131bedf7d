package dev.counterweight.speed;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether anything grows that should not, under a steady load for a long time. */
@Command(
    name = "soak",
    description =
        "Has all five roles in one process work off events and later labels at a share of the most"
            + " they can, and tells whether memory, threads, descriptors, state and lag grow.",
    mixinStandardHelpOptions = true)
final class Soak implements Callable<Integer> {
  private static final int BROKER_MIB = 1024;
  private static final int PARTITIONS = 2;
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Duration LOOK = Duration.ofSeconds(5);

  private static final List<String> ROLES =
      List.of("joiner", "counter", "sampler", "trainer", "scorer");

  /** What one role has written the next may not have seen: so many looks in a row without lag. */
  private static final int STILL = 5;

  /** What a topic keeps; more would only fill the disk. */
  private static final Duration KEPT = Duration.ofMinutes(10);

  /** Share of the time that is left out: caches fill, and Java compiles. */
  private static final double WARM = 0.15;

  /** Share of the load that has to be sent. */
  private static final double KEPT_RATE = 0.98;

  @Option(names = "--minutes", defaultValue = "90", description = "Of the steady load.")
  private double minutes;

  @Option(names = "--share", defaultValue = "0.5", description = "Of the maximum.")
  private double share;

  @Option(
      names = "--burst",
      defaultValue = "400000",
      description = "Events that tell the maximum, after as many that warm up.")
  private long burst;

  @Option(names = "--launcher", description = "Starts the job. Default: java on this class path.")
  private @Nullable Path launcher;

  @Option(names = "--set", description = "KEY=VALUE of the job.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--output", defaultValue = "target/speed", description = "Folder for soak.md.")
  private Path output = Path.of("");

  private final PrintStream out;

  Soak(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws Exception {
    Files.createDirectories(output);
    Path dir = Files.createTempDirectory("soak");
    try (BrokerHandle broker = BrokerHandle.start(dir.resolve("broker"), BROKER_MIB);
        LabelledLoad load = new LabelledLoad(broker.bootstrap())) {
      Topics topics = new Topics(broker.bootstrap(), PARTITIONS);
      topics.create(LabelledLoad.EVENTS);
      topics.create(LabelledLoad.LABELS);
      return soak(dir, broker.bootstrap(), load) ? 0 : 1;
    } finally {
      Utils.delete(dir.toFile());
    }
  }

  private boolean soak(Path dir, String bootstrap, LabelledLoad load) throws Exception {
    int port = freePort();
    Process job = start(dir, bootstrap, port);
    try {
      Map<String, Path> folders =
          Map.of("checkpoints", dir.resolve("checkpoints"), "state", dir.resolve("state"));
      ProcessLooks looks = new ProcessLooks(job.pid(), folders, port);
      double most = maximum(job, load, looks);
      keepLittle(bootstrap);
      return tell(most, steady(job, load, looks, share * most));
    } finally {
      job.destroyForcibly().waitFor();
    }
  }

  private Process start(Path dir, String bootstrap, int port) throws IOException {
    Path started = launcher == null ? null : launcher.toAbsolutePath();
    Map<String, String> job = new LinkedHashMap<>(labelled(dir));
    job.put("bootstrap.servers", bootstrap);
    job.put("metrics.port", Integer.toString(port));
    job.putAll(settings);
    MeteredProcess.Launch launch = new Product(bootstrap, dir, started, Map.of()).run(job, "all");
    ProcessBuilder builder =
        new ProcessBuilder(launch.command())
            .redirectErrorStream(true)
            .redirectOutput(output.resolve("soak.log").toFile());
    builder.environment().putAll(launch.environment());
    return builder.start();
  }

  private static Map<String, String> labelled(Path dir) {
    return Map.ofEntries(
        Map.entry("job", "soak"),
        Map.entry("instance.id", "one"),
        Map.entry("events.topic", LabelledLoad.EVENTS),
        Map.entry("events.classes", "usual,rare"),
        Map.entry("events.features", features()),
        Map.entry("events.time", "t"),
        Map.entry("labels.topic", LabelledLoad.LABELS),
        Map.entry("labels.label", "label"),
        Map.entry("labels.time", "t"),
        Map.entry("labels.wait", "20s"),
        Map.entry("labels.missing", "usual"),
        Map.entry("labels.state.dir", dir.resolve("state").toString()),
        Map.entry("scores.events.topic", LabelledLoad.EVENTS),
        Map.entry("checkpoint.dir", dir.resolve("checkpoints").toString()),
        Map.entry("checkpoint.interval", "10s"));
  }

  private static String features() {
    List<String> names = new ArrayList<>();
    for (int f = 0; f < LabelledLoad.FEATURES; f++) {
      names.add("f" + f);
    }
    names.add("far");
    return String.join(",", names);
  }

  /** Events a second of a burst, from its begin until nothing of it is left, the second time. */
  private double maximum(Process job, LabelledLoad load, ProcessLooks looks)
      throws InterruptedException {
    double rate = 0;
    for (int round = 0; round < 2; round++) {
      long startNs = System.nanoTime();
      load.burst(burst);
      awaitWorkedOff(job, looks);
      rate = burst / ((System.nanoTime() - startNs) / 1e9);
      out.printf(Locale.ROOT, "a burst of %d events: %.0f a second%n", burst, rate);
    }
    return rate;
  }

  private static void awaitWorkedOff(Process job, ProcessLooks looks) throws InterruptedException {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    int still = 0;
    while (still < STILL) {
      requireRuns(job);
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      Map<String, Double> lags = looks.lags();
      still = lags.keySet().containsAll(ROLES) && isWorkedOff(lags) ? still + 1 : 0;
      if (System.nanoTime() > deadlineNs) {
        throw new IllegalStateException("not worked off after " + LIMIT + ": " + lags);
      }
    }
  }

  /** A role that has yet to look at its topics does not know its lag. */
  private static boolean isWorkedOff(Map<String, Double> lags) {
    return lags.values().stream().allMatch(lag -> lag == 0);
  }

  private static void requireRuns(Process job) {
    if (!job.isAlive()) {
      throw new IllegalStateException("the job ended with " + job.exitValue());
    }
  }

  /** Every topic that is not compacted keeps some minutes. */
  private static void keepLittle(String bootstrap) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      List<ConfigResource> topics =
          admin.listTopics().names().get().stream()
              .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
              .toList();
      Collection<AlterConfigOp> little =
          List.of(
              new AlterConfigOp(
                  new ConfigEntry("retention.ms", Long.toString(KEPT.toMillis())), OpType.SET),
              new AlterConfigOp(
                  new ConfigEntry("segment.ms", Long.toString(KEPT.toMillis() / 5)), OpType.SET));
      Map<ConfigResource, Collection<AlterConfigOp>> all = new LinkedHashMap<>();
      admin
          .describeConfigs(topics)
          .all()
          .get()
          .forEach(
              (topic, config) -> {
                if (config.get("cleanup.policy").value().equals("delete")) {
                  all.put(topic, little);
                }
              });
      admin.incrementalAlterConfigs(all).all().get();
    }
  }

  private SoakLooks steady(Process job, LabelledLoad load, ProcessLooks looks, double rate)
      throws Exception {
    long before = load.sent();
    long startNs = System.nanoTime();
    long untilNs = startNs + (long) (minutes * 60e9);
    CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> load.run(rate, untilNs));
    SoakLooks all = new SoakLooks();
    try {
      while (!sending.isDone()) {
        requireRuns(job);
        all.add((System.nanoTime() - startNs) / 3.6e12, looks.look());
        LockSupport.parkNanos(LOOK.toNanos());
      }
      sending.get();
    } finally {
      Files.write(output.resolve("soak.csv"), all.csv());
    }
    requireKept(rate, (load.sent() - before) / (minutes * 60));
    awaitWorkedOff(job, looks);
    return all;
  }

  /** Of a lesser load nothing is to be told. */
  private static void requireKept(double rate, double kept) {
    if (kept < KEPT_RATE * rate) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "%.0f events/s were sent, %.0f were to be", kept, rate));
    }
  }

  private boolean tell(double most, SoakLooks looks) throws IOException {
    SoakLooks.Verdict verdict = looks.after(WARM);
    String text =
        String.format(
            Locale.ROOT,
            "%.0f minutes at %.0f events/s, %.2f of %.0f; the first %.0f %% left out; %s%n%n%s",
            minutes,
            share * most,
            share,
            most,
            WARM * 100,
            Environment.of(null),
            verdict.table());
    Files.writeString(output.resolve("soak.md"), text);
    out.print(text);
    return verdict.flat();
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }
}
