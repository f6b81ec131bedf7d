package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import java.io.PrintWriter;
import java.util.ArrayList;
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
    LabelsConfig labels = config.labels();
    try (Cluster cluster = cluster(config)) {
      TopicSetup topics = cluster.topics();
      int partitions = labels == null ? 0 : UserTopics.joinPartitions(topics, config, labels);
      List<String> own = new ArrayList<>(TopicSetup.settings(names).keySet());
      own.remove(names.labelled());
      List<String> created = topics.ensure(names, own);
      own.forEach(name -> tell(out, name, created.contains(name)));
      if (labels != null) {
        tell(out, names.labelled(), topics.ensure(names, names.labelled(), partitions));
      }
      if (config.scoresTopic()) {
        int scored = UserTopics.scored(topics, config).partitions();
        tell(out, names.scores(), topics.ensure(names, names.scores(), scored));
      }
    }
    return 0;
  }

  private static void tell(PrintWriter out, String name, boolean created) {
    out.println((created ? "created  " : "in place ") + name);
  }
}
