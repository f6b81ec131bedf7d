package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.demo.Demo;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.Role;
import dev.counterweight.sampler.SamplerRole;
import dev.counterweight.trainer.TrainerRole;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows the whole loop on the bundled data. */
@Command(
    name = "demo",
    description =
        "Start a Kafka broker in this process, stream the bundled Shuttle data into it, and train "
            + "two jobs on it side by side: events as they come, and rebalanced.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
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

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    check();
    Demo demo =
        new Demo(
            new Demo.Options(rate, seed, summary, keepRunning, output, metricsPort),
            DemoCommand::roles,
            Clock.systemUTC(),
            Main.out(spec),
            System.console() != null);
    try (Termination termination = Termination.calls(demo::stop)) {
      demo.run();
    }
    return 0;
  }

  private void check() {
    if (spec == null) {
      return;
    }
    if (!hasBroker()) {
      throw new ParameterException(
          spec.commandLine(),
          "demo starts a Kafka broker of its own, which this installation leaves out:"
              + " run ./counterweight demo in a clone of the project");
    }
    if (!(rate >= 0) || Double.isInfinite(rate)) {
      throw new ParameterException(
          spec.commandLine(), "--rate=" + rate + ": must be a number of at least 0");
    }
    if (metricsPort != null && (metricsPort < 0 || metricsPort > MAX_PORT)) {
      throw new ParameterException(
          spec.commandLine(), "--metrics-port=" + metricsPort + ": must be from 0 to " + MAX_PORT);
    }
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

  private static List<Role> roles(
      JobConfig config, KafkaClients clients, MeterRegistry registry, boolean stopAtEnd) {
    Clock clock = Clock.systemUTC();
    return List.of(
        new CounterRole(config, clients, registry, clock, stopAtEnd),
        new SamplerRole(config, clients, registry, clock, stopAtEnd),
        new TrainerRole(config, clients, registry, clock, stopAtEnd));
  }
}
