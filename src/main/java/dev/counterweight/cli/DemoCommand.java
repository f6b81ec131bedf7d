package dev.counterweight.cli;

import dev.counterweight.demo.Demo;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows the whole loop on the bundled data. */
@Command(
    name = "demo",
    description =
        "Start a Kafka broker in this process, stream the bundled Shuttle data into it, and train "
            + "two jobs on it side by side: events as they come, and rebalanced.")
final class DemoCommand extends Subcommand {
  private static final int MAX_PORT = 65_535;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Events a second; 0 for as fast as possible. Default ${DEFAULT-VALUE}.")
  private double rate;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of both jobs. Default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--summary",
      paramLabel = "FILE",
      description = "Write both jobs' figures, as JSON.")
  private @Nullable Path summary;

  @Option(
      names = "--keep-running",
      description = "Leave broker, roles and metrics up until Ctrl-C or SIGTERM.")
  private boolean keepRunning;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "New or empty folder for report and checkpoints. Default: a temporary one.")
  private @Nullable Path output;

  @Option(
      names = "--metrics-port",
      paramLabel = "N",
      description =
          "Port of /metrics and /health; 0 for any free one. Default: 9464 if it is free.")
  private @Nullable Integer metricsPort;

  @Override
  int run(PrintWriter out) throws Exception {
    require(
        hasBroker(),
        "demo starts a Kafka broker of its own, which this installation leaves out:"
            + " run ./counterweight demo in a clone of the project");
    require(
        rate >= 0 && rate < Double.POSITIVE_INFINITY,
        "--rate=%s: must be a number of at least 0",
        rate);
    require(
        metricsPort == null || (metricsPort >= 0 && metricsPort <= MAX_PORT),
        "--metrics-port=%s: must be from 0 to %d",
        String.valueOf(metricsPort),
        MAX_PORT);
    Demo demo =
        new Demo(
            new Demo.Options(rate, seed, summary, keepRunning, output, metricsPort),
            RunCommand.RoleName.all::of,
            Clock.systemUTC(),
            out,
            Main.onTerminal());
    try (Termination termination = Termination.calls(demo::stop)) {
      demo.run();
    }
    return 0;
  }

  /** Images that only run jobs hold no broker. */
  private static boolean hasBroker() {
    try {
      Class.forName("kafka.server.BrokerServer", false, DemoCommand.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
