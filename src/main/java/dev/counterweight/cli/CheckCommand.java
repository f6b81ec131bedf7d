package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.config.MetricsConfig;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.trainer.ModelTrial;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Tries everything a run would need and says what is wrong and how to mend it; changes nothing. */
@Command(
    name = "check",
    description =
        "Check the configuration, the cluster, the topics and a sample of the newest events; "
            + "say what is wrong and how to mend it. Changes nothing.")
final class CheckCommand extends JobCommand {
  @Override
  int run(PrintWriter out) {
    JobConfig config = load();
    Findings findings = new Findings(out);
    findings.good("configuration: job '" + config.job() + "'");
    checkFolder(findings, "checkpoint.dir", config.trainer().checkpoints().dir());
    if (config.labels() != null) {
      checkFolder(findings, "labels.state.dir", config.labels().stateDir());
    }
    checkPort(findings, config.metrics());
    KafkaClients begun = null;
    try (Cluster cluster = cluster(config)) {
      cluster.topics().list();
      findings.good("cluster: " + config.kafka().bootstrapServers() + " answers");
      if (cluster.topics().find(config.topics().checkpoints()).isPresent()) {
        begun = new KafkaClients(config.kafka());
      }
      checkTopics(findings, cluster.topics(), config);
      sample(findings, cluster.topics(), config);
    } catch (FailureException | KafkaException e) {
      findings.wrong("cluster: " + e.getMessage() + CodecProblem.in(e));
    }
    checkModel(findings, config, begun);
    return findings.conclude();
  }

  private void sample(Findings findings, TopicSetup topics, JobConfig config) {
    LabelsConfig labels = config.labels();
    if (labels == null) {
      EventSample.tell(config, SampledSide.EVENTS, given(), findings, null);
      return;
    }
    JoinSample join =
        new JoinSample(
            labels,
            UserTopics.events(topics, config).partitions(),
            UserTopics.labels(topics, labels).partitions());
    EventSample.tell(config, SampledSide.EVENTS, given(), findings, join::event);
    EventSample.tell(config, SampledSide.LABELS, given(), findings, join::label);
    join.tell(findings);
  }

  private static void checkModel(
      Findings findings, JobConfig config, @Nullable KafkaClients begun) {
    try {
      findings.good(ModelTrial.of(config, begun));
    } catch (FailureException | KafkaException e) {
      findings.wrong(String.valueOf(e.getMessage()));
    }
  }

  private static void checkTopics(Findings findings, TopicSetup topics, JobConfig config) {
    LabelsConfig labels = config.labels();
    JobTopics names = config.topics();
    for (String name : TopicSetup.settings(names).keySet()) {
      try {
        int partitions =
            labels != null && name.equals(names.labelled())
                ? UserTopics.joinPartitions(topics, config, labels)
                : 1;
        boolean there = topics.matches(names, name, partitions);
        findings.good(
            "topic " + name + ": " + (there ? "in place" : "absent, a role will create it"));
      } catch (FailureException e) {
        findings.wrong(String.valueOf(e.getMessage()));
      }
    }
    if (config.scoresTopic()) {
      checkScores(findings, topics, config);
    }
    TopicSetup.Identity events = UserTopics.events(topics, config);
    findings.good(
        "events: %s has %d partitions"
            .formatted(config.sources().get(0).topic(), events.partitions()));
    new WrittenSchemas(config, topics, findings).check();
    new ReadPositions(config, findings).check(topics);
  }

  private static void checkScores(Findings findings, TopicSetup topics, JobConfig config) {
    String name = config.topics().scores();
    try {
      int scored = UserTopics.scored(topics, config).partitions();
      boolean there = topics.matches(config.topics(), name, scored);
      findings.good(
          "topic %s: %s, for %d partitions that are scored"
              .formatted(name, there ? "in place" : "absent, the scorer will create it", scored));
    } catch (FailureException e) {
      findings.wrong(String.valueOf(e.getMessage()));
    }
  }

  private static void checkFolder(Findings findings, String key, Path folder) {
    Path existing = folder.toAbsolutePath();
    while (existing != null && !Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
      existing = existing.getParent();
    }
    boolean usable = existing != null && canWrite(existing);
    if (usable) {
      findings.good(key + "=" + folder + ": writable");
    } else {
      findings.wrong(key + "=" + folder + ": must be a folder that this user can write to");
    }
  }

  /** By trying: permissions alone do not tell, for root or on a read-only file system. */
  private static boolean canWrite(Path folder) {
    try {
      Files.delete(Files.createTempFile(folder, ".counterweight-check", ""));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void checkPort(Findings findings, MetricsConfig metrics) {
    try (ServerSocket socket =
        new ServerSocket(metrics.port(), 1, InetAddress.getByName(metrics.host()))) {
      findings.good("metrics: port " + socket.getLocalPort() + " is free");
    } catch (IOException e) {
      findings.wrong(
          "metrics.port=%d on metrics.host=%s: %s; set another port, or 0 for any free one"
              .formatted(metrics.port(), metrics.host(), e.getMessage()));
    }
  }
}
