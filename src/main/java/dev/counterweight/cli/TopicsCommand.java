package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import picocli.CommandLine.Command;

/** Creates the job's own topics; running it again changes nothing. */
@Command(
    name = "topics",
    description =
        "Create the job's own topics with the right settings, and check those that exist. "
            + "The roles do the same when they start.")
final class TopicsCommand extends JobCommand {
  @Override
  int run(PrintWriter out) {
    JobConfig config = load();
    JobTopics names = config.topics();
    try (Cluster cluster = cluster(config)) {
      Collection<String> own = TopicSetup.settings(names).keySet();
      List<String> created = cluster.topics().ensure(names, own);
      own.forEach(name -> out.println((created.contains(name) ? "created  " : "in place ") + name));
    }
    return 0;
  }
}
