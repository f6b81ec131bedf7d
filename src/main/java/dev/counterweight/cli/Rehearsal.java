package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.runtime.DaemonThread;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What a start goes through, once, on a broker and a few events of its own: for the JVM that lists
 * the classes which it needs (-XX:DumpLoadedClassList). The launcher keeps these classes in an
 * archive. Exit 0 if all went well; ends in any case. Does not begin where the environment has
 * settings of a job: they would win over those of its own job, which would be another one then.
 */
final class Rehearsal {
  private static final int EVENTS = 2_000;
  private static final long LIMIT_MS = 120_000;

  private final Path dir;

  private Rehearsal(Path dir) {
    this.dir = dir;
  }

  public static void main(String[] args) throws IOException {
    limit();
    List<String> foreign = settings(System.getenv());
    if (!foreign.isEmpty()) {
      System.err.println("error: a rehearsal takes no settings, and there are " + foreign);
      System.exit(Main.WRONG_USAGE);
    }
    Main.setLogging(List.of("--quiet"), Map.of());
    Rehearsal rehearsal = new Rehearsal(Path.of(args[0]));
    try (EmbeddedBroker broker = EmbeddedBroker.start(rehearsal.dir.resolve("broker"))) {
      rehearsal.run(broker.bootstrapServers());
    }
    System.exit(0);
  }

  private static List<String> settings(Map<String, String> environment) {
    return environment.keySet().stream()
        .filter(name -> name.startsWith("COUNTERWEIGHT_"))
        .sorted()
        .toList();
  }

  private void run(String servers) throws IOException {
    command("--help");
    command("--version");
    command("help", "run");
    command("config");
    command("metrics");
    Path events = Files.writeString(dir.resolve("events.csv"), events());
    command(
        "replay",
        "--bootstrap-server=" + servers,
        "--file=" + events,
        "--topic=rehearsal",
        "--rate=0");
    Path job = Files.writeString(dir.resolve("job.properties"), job(servers));
    command("check", "--config=" + job);
    command("run", "--config=" + job, "--stop-at-end");
    command("run", "--config=" + job, "--role=scorer", "--stop-at-end");
    command("inspect", dir.resolve("checkpoints").toString());
  }

  private static void command(String... args) {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    PrintWriter err = new PrintWriter(System.err, true, UTF_8);
    int code = Main.execute(nowhere, err, args);
    if (code != 0) {
      throw new IllegalStateException("%s: exit code %d".formatted(String.join(" ", args), code));
    }
  }

  private static String events() {
    SplittableRandom random = new SplittableRandom(1);
    StringBuilder rows = new StringBuilder("a,b,label\n");
    for (int i = 0; i < EVENTS; i++) {
      boolean rare = random.nextInt(20) == 0;
      rows.append(random.nextDouble() + (rare ? 1 : 0))
          .append(',')
          .append(random.nextDouble())
          .append(rare ? ",yes\n" : ",no\n");
    }
    return rows.toString();
  }

  private String job(String servers) {
    return String.join(
        "\n",
        "job=rehearsal",
        "bootstrap.servers=" + servers,
        "events.topic=rehearsal",
        "events.label=label",
        "events.classes=no,yes",
        "events.features=a,b",
        "scores.events.topic=rehearsal",
        "scores.port=0",
        "metrics.port=0",
        "checkpoint.dir=" + dir.resolve("checkpoints"),
        "");
  }

  /** A start that hangs must not keep the launcher. */
  private static void limit() {
    new DaemonThread(
            () -> {
              try {
                Thread.sleep(LIMIT_MS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              Runtime.getRuntime().halt(Main.FAILED);
            },
            "rehearsal-limit")
        .start();
  }
}
