package dev.counterweight.cli;

import dev.counterweight.demo.Demo;
import dev.counterweight.demo.PaymentsScenario;
import dev.counterweight.event.Suggestion;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the whole loop on the bundled data, or the whole product on a stream of payments. */
@Command(
    name = "demo",
    description =
        "Start a Kafka broker in this process, stream into it, and train two jobs side by side:"
            + " events as they come, and rebalanced.")
final class DemoCommand extends Subcommand {
  private static final int MAX_PORT = 65_535;

  private static final String SHUTTLE = "shuttle";
  static final String PAYMENTS = "payments";
  private static final List<String> NAMES = List.of(SHUTTLE, PAYMENTS);
  private static final double SHUTTLE_RATE = 2000;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "DEMO",
      defaultValue = SHUTTLE,
      description = {
        "shuttle: the bundled Shuttle data, seven classes. The default.",
        "payments: card payments in framed Avro, whose chargebacks come days later on another"
            + " topic; joined, learnt, and scored as they come."
      })
  private String name = SHUTTLE;

  @Option(
      names = "--events",
      paramLabel = "N",
      description = "Of payments: how many there are. Default 100000.")
  private @Nullable Integer events;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Events a second; 0 for as fast as possible. Default 2000, of payments 1000.")
  private @Nullable Double rate;

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
    checkOptions();
    Demo.Options options =
        new Demo.Options(eventsPerSecond(), seed, summary, keepRunning, output, metricsPort);
    Demo.Setting setting =
        new Demo.Setting(
            (config, clients, registry) ->
                RunCommand.RoleName.all.of(config, clients, registry, false),
            Clock.systemUTC(),
            out,
            Main.onTerminal());
    Demo demo =
        name.equals(PAYMENTS)
            ? Demo.payments(events == null ? PaymentsScenario.EVENTS : events, options, setting)
            : Demo.shuttle(options, setting);
    try (Termination termination = Termination.calls(demo::stop)) {
      demo.run();
    }
    return 0;
  }

  private double eventsPerSecond() {
    if (rate != null) {
      return rate;
    }
    return name.equals(PAYMENTS) ? PaymentsScenario.RATE : SHUTTLE_RATE;
  }

  private void checkOptions() {
    require(
        NAMES.contains(name),
        "unknown demo '%s'%s",
        name,
        Suggestion.closest(name, NAMES)
            .map(meant -> ": did you mean '" + meant + "'?")
            .orElse(": there are " + String.join(", ", NAMES)));
    require(
        eventsPerSecond() >= 0 && eventsPerSecond() < Double.POSITIVE_INFINITY,
        "--rate=%s: must be a number of at least 0",
        eventsPerSecond());
    require(
        !name.equals(PAYMENTS) || eventsPerSecond() == 0 || eventsPerSecond() >= 1,
        "--rate=%s: payments come at least 1 a second, or with 0 as fast as possible",
        eventsPerSecond());
    require(
        events == null || name.equals(PAYMENTS),
        "--events=%s: the stream of '%s' is a file; --events is for 'demo %s'",
        String.valueOf(events),
        name,
        PAYMENTS);
    require(
        events == null
            || (events >= PaymentsScenario.LEAST_EVENTS && events <= PaymentsScenario.MOST_EVENTS),
        "--events=%s: must be from %d to %d",
        String.valueOf(events),
        PaymentsScenario.LEAST_EVENTS,
        PaymentsScenario.MOST_EVENTS);
    require(
        metricsPort == null || (metricsPort >= 0 && metricsPort <= MAX_PORT),
        "--metrics-port=%s: must be from 0 to %d",
        String.valueOf(metricsPort),
        MAX_PORT);
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
