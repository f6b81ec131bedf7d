package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.HistoryReader;
import dev.counterweight.demo.JobHistory;
import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.demo.Report;
import dev.counterweight.demo.ReportData;
import dev.counterweight.kafka.AccessProblem;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes how a job has done so far as one HTML file. */
@Command(
    name = "report",
    description =
        "Write how the job has done so far as one HTML file, from what its counter and trainer"
            + " wrote to Kafka: recall, precision, calibration and more, of each class and over"
            + " the events. Print the table that `run --stop-at-end` ends with. Disturbs no role.")
final class ReportCommand extends JobCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "The file to write. Default: JOB-report.html in the current folder.")
  private @Nullable Path output;

  @Override
  int run(PrintWriter out) {
    JobConfig config = load();
    try (Cluster cluster = cluster(config)) {
      require(cluster.topics(), config, config.topics().classWeights(), "counter");
      require(cluster.topics(), config, config.topics().metrics(), "trainer");
    }
    JobHistory history = read(config);
    MetricsPoint latest = history.latest();
    if (latest == null || history.counts().isEmpty()) {
      throw new FailureException(
          "topic '%s' has no %s yet: a report needs a job whose counter and trainer have run (`counterweight run`)"
              .formatted(
                  latest == null ? config.topics().metrics() : config.topics().classWeights(),
                  latest == null ? "report of a trainer" : "snapshot"));
    }
    Path file = output == null ? Path.of(config.job() + "-report.html") : output;
    Report.write(ReportData.ofJob(history, settings(config)), file);
    // As `run --summary` has it, as far as the table needs it.
    out.print(
        RunTable.of(
            Map.of(
                "counts",
                history.counts(),
                "metrics",
                history.sinceStart().toMap(),
                "decision",
                config.trainer().serving().decision().rule())));
    out.println("Report: " + file.toAbsolutePath().normalize());
    return 0;
  }

  private static void require(TopicSetup topics, JobConfig config, String topic, String role) {
    if (topics.find(topic).isEmpty()) {
      throw new FailureException(
          "topic '%s' does not exist on %s: no %s of job '%s' has run there; correct job or bootstrap.servers, or run the job first (`counterweight run`)"
              .formatted(topic, config.kafka().bootstrapServers(), role, config.job()));
    }
  }

  private static JobHistory read(JobConfig config) {
    try {
      return new HistoryReader(new KafkaClients(config.kafka()), TIMEOUT).read(config.topics(), 0);
    } catch (KafkaException e) {
      String what = "read the history of job '" + config.job() + "'";
      throw AccessProblem.in(e, what, config.kafka().bootstrapServers())
          .orElseGet(() -> new FailureException("cannot " + what + ": " + e.getMessage(), e));
    }
  }

  /** What is given of the job's own keys: those of the Kafka clients hold secrets. */
  private Map<String, String> settings(JobConfig config) {
    Map<String, String> shown = new TreeMap<>(given());
    shown.keySet().removeIf(key -> key.startsWith("kafka.") || KafkaConfig.isSecret(key));
    shown.replaceAll((key, value) -> config.kafka().masked(value));
    return shown;
  }
}
