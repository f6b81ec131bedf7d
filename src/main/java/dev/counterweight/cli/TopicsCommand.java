package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Creates the job's own topics; running it again changes nothing. */
@Command(
    name = "topics",
    description =
        "Create the job's own topics with the right settings, and check those that exist. "
            + "The roles do the same when they start.",
    mixinStandardHelpOptions = true)
final class TopicsCommand implements Runnable {
  @Mixin private JobOptions job = new JobOptions();
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    JobConfig config = job.load();
    JobTopics names = config.topics();
    PrintWriter out = Main.out(spec);
    try (Cluster cluster = JobOptions.cluster(config)) {
      Collection<String> own = TopicSetup.settings(names).keySet();
      List<String> created = cluster.topics().ensure(names, own);
      own.forEach(name -> out.println((created.contains(name) ? "created  " : "in place ") + name));
    }
    out.flush();
  }
}
