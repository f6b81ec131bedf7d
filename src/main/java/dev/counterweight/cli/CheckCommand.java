package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.MetricsConfig;
import dev.counterweight.runtime.FailureException;
import dev.counterweight.runtime.TopicSetup;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tries everything a run would need and says what is wrong and how to mend it; changes nothing. */
@Command(
    name = "check",
    description =
        "Check the configuration, the cluster, the topics and a sample of the newest events; "
            + "say what is wrong and how to mend it. Changes nothing.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Mixin private JobOptions job = new JobOptions();
  @Spec private @Nullable CommandSpec spec;
  private int failures;

  @Override
  public Integer call() {
    JobConfig config = job.load();
    PrintWriter out = Main.out(spec);
    report(out, true, "configuration: job '" + config.job() + "'");
    checkFolder(out, config.trainer().checkpoints().dir());
    checkPort(out, config.metrics());
    try (Cluster cluster = new Cluster(config)) {
      cluster.topics().list();
      report(out, true, "cluster: " + config.kafka().bootstrapServers() + " answers");
      checkTopics(out, cluster.topics(), config);
    } catch (FailureException | KafkaException e) {
      report(out, false, "cluster: " + e.getMessage());
    }
    out.println(failures == 0 ? "all well" : failures + (failures == 1 ? " problem" : " problems"));
    out.flush();
    return failures == 0 ? 0 : Main.FAILED;
  }

  private void checkTopics(PrintWriter out, TopicSetup topics, JobConfig config) {
    for (String name : TopicSetup.settings(config.topics()).keySet()) {
      try {
        report(
            out,
            true,
            "topic "
                + name
                + ": "
                + (topics.matches(config.topics(), name)
                    ? "in place"
                    : "absent, a role will create it"));
      } catch (FailureException e) {
        report(out, false, String.valueOf(e.getMessage()));
      }
    }
    TopicSetup.Identity events = topics.require(config.events().topic());
    report(
        out,
        true,
        "events: %s has %d partitions".formatted(config.events().topic(), events.partitions()));
    checkEvents(out, EventSample.take(config));
  }

  private void checkEvents(PrintWriter out, EventSample sample) {
    if (sample.read() == 0) {
      report(out, true, "events: the topic is empty: nothing to look at yet");
      return;
    }
    int rejected = sample.rejected().values().stream().mapToInt(Integer::intValue).sum();
    report(
        out,
        rejected == 0,
        "events: %d of the newest read, %d would be dead letters %s"
            .formatted(sample.read(), rejected, rejected == 0 ? "" : sample.rejected()));
    sample.examples().forEach(example -> out.println("      " + example));
    if (rejected > 0) {
      out.println(
          "      mend: correct events.format, .label, .classes or .features, or the producer");
    }
    sample.classes().forEach((name, count) -> out.println("      class " + name + ": " + count));
  }

  private void checkFolder(PrintWriter out, Path folder) {
    Path existing = folder.toAbsolutePath();
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    boolean usable = existing != null && canWrite(existing);
    report(
        out,
        usable,
        "checkpoint.dir=%s: %s"
            .formatted(
                folder, usable ? "writable" : "must be a folder that this user can write to"));
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

  private void checkPort(PrintWriter out, MetricsConfig metrics) {
    try (ServerSocket socket =
        new ServerSocket(metrics.port(), 1, InetAddress.getByName(metrics.host()))) {
      report(out, true, "metrics: port " + socket.getLocalPort() + " is free");
    } catch (IOException e) {
      report(
          out,
          false,
          "metrics.port=%d on metrics.host=%s: %s; set another port, or 0 for any free one"
              .formatted(metrics.port(), metrics.host(), e.getMessage()));
    }
  }

  private void report(PrintWriter out, boolean good, String line) {
    failures += good ? 0 : 1;
    out.println((good ? "ok    " : "WRONG ") + line);
  }
}
