package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.demo.SharedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the commands say and make of a job that scores a topic. */
@Timeout(120)
class ScoredTopicsIT {
  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("scored");

  @Test
  void theTopicsCommandMakesThatOfTheScoresWithThePartitionsOfTheTopicThatIsScored()
      throws Exception {
    SharedBroker.createTopic(job + "-events", 2);
    SharedBroker.createTopic(job + "-orders", 5);
    Path config = configure("scores.events.topic=" + job + "-orders", "scores.retention=3h");

    assertThat(run("check", config)).contains("topic " + job + ".scores: absent");
    assertThat(run("topics", config)).contains("created  " + job + ".scores");
    assertThat(run("topics", config)).contains("in place " + job + ".scores");
    assertThat(run("check", config))
        .contains("topic " + job + ".scores: in place, for 5 partitions that are scored");
    assertThat(settings())
        .containsEntry("message.timestamp.type", "LogAppendTime")
        .containsEntry("retention.ms", "10800000");

    assertThat(run("topics", configure("scores.events.topic=" + job + "-events")))
        .contains("'" + job + ".scores' has 5 partitions: it must have 2, as many as the topic");
  }

  @Test
  void aJobThatDoesNotScoreHasNoneOfThat() throws Exception {
    SharedBroker.createTopic(job + "-events", 2);

    assertThat(run("topics", configure())).doesNotContain(".scores");
    assertThat(run("check", configure())).doesNotContain(".scores");
  }

  @Test
  void aScoredTopicThatIsNotThereIsNamedWithItsKey() throws Exception {
    SharedBroker.createTopic(job + "-events", 2);
    Path config = configure("scores.events.topic=" + job + "-orders");

    assertThat(run("run", config))
        .contains("'" + job + "-orders' does not exist", "or correct scores.events.topic");
    assertThat(run("topics", config)).contains("or correct scores.events.topic");
  }

  @Test
  void requestsHaveNoEndToStopAt() throws Exception {
    SharedBroker.createTopic(job + "-events", 2);
    Path config = configure("scores.events.topic=none", "scores.port=0");

    assertThat(run("run", config, "--role", "scorer", "--stop-at-end"))
        .startsWith("error: ")
        .contains("--stop-at-end", "scores.events.topic=none");
  }

  private Map<String, String> settings() throws Exception {
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, job + ".scores");
    try (Admin admin = SharedBroker.admin()) {
      return admin
          .describeConfigs(List.of(topic))
          .all()
          .get(30, TimeUnit.SECONDS)
          .values()
          .iterator()
          .next()
          .entries()
          .stream()
          .filter(entry -> entry.value() != null)
          .collect(Collectors.toMap(ConfigEntry::name, ConfigEntry::value));
    }
  }

  private static String run(String command, Path config, String... more) {
    List<String> all = new ArrayList<>(List.of(command, "--config", config.toString()));
    all.addAll(List.of(more));
    return Outcome.of(all).text();
  }

  private Path configure(String... more) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "job=" + job,
                "bootstrap.servers=" + SharedBroker.bootstrapServers(),
                "events.topic=" + job + "-events",
                "events.features=amount",
                "events.label=outcome",
                "events.classes=ok,fraud",
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "metrics.port=0"));
    lines.addAll(List.of(more));
    return Files.write(folder.resolve("job.properties"), lines);
  }
}
