package dev.counterweight.cli;

import dev.counterweight.config.ConfigSources;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** A command that works on a job: its options say which. */
abstract class JobCommand extends Subcommand {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The job's .properties file.")
  private Path file = Path.of("");

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the file and of the environment; may be repeated.")
  private List<String> settings = new ArrayList<>();

  /** Every key that is given, with its value as it is written. */
  final Map<String, String> given() {
    return ConfigSources.merge(file, System.getenv(), settings);
  }

  final JobConfig load() {
    return JobConfigLoader.load(given());
  }

  /**
   * Looks whether a trainer has ever run.
   *
   * @throws FailureException if there is no topic of checkpoints
   */
  static void requireCheckpoints(JobConfig config) {
    try (Cluster cluster = cluster(config)) {
      if (cluster.topics().find(config.topics().checkpoints()).isEmpty()) {
        throw new FailureException(
            "job '%s' has no topic '%s'".formatted(config.job(), config.topics().checkpoints()));
      }
    }
  }

  /** A short-lived look at a job's cluster. */
  static Cluster cluster(JobConfig config) {
    return new Cluster(new KafkaClients(config.kafka()), config.job() + ".cli", config.kafka());
  }
}
