package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.ConfigSources;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.sampler.SamplerRole;
import dev.counterweight.trainer.TrainerRole;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The topics of a job whose labels come later, and who waits for which. */
@Timeout(120)
class JoinedTopicsIT {
  @TempDir Path folder;
  private String job = "";

  @BeforeEach
  void nameTheJob() {
    job = SharedBroker.uniqueName("joined");
  }

  @Test
  void theTopicsCommandMakesThatOfTheLabelledEventsWithThePartitionsOfTheJoin() throws Exception {
    SharedBroker.createTopic(job + "-events", 3);
    SharedBroker.createTopic(job + "-labels", 5);
    Path config = configure("events.key=id");

    assertThat(run("topics", config)).isEqualTo("0 created  ");
    assertThat(printed).contains("created  " + job + ".labelled", "created  " + job + ".batches");
    assertThat(partitions()).isEqualTo(5);
    assertThat(run("topics", config)).isEqualTo("0 in place ");
    assertThat(run("topics", configure("events.key=key:"))).startsWith("1 ");
    assertThat(printed)
        .contains("'" + job + ".labelled' has 5 partitions: it must have 3, as many as events are");
  }

  @Test
  void aTopicOfTheUsersThatIsNotThereIsNamedWithItsKey() throws Exception {
    Path config = configure();

    assertThat(run("run", config)).startsWith("1 ");
    assertThat(printed).contains("'" + job + "-events' does not exist", "or correct events.topic");
    SharedBroker.createTopic(job + "-events", 1);
    assertThat(run("run", config)).startsWith("1 ");
    assertThat(printed).contains("'" + job + "-labels' does not exist", "or correct labels.topic");
    assertThat(run("topics", config)).startsWith("1 ");
    assertThat(printed).contains("or correct labels.topic");
  }

  @Test
  void theOtherRolesWaitForTheJoinersTopicAndEndAsNotBegunWhenTheyAreDrained() throws Exception {
    RoleRunner runner = others();
    runner.start();
    await().until(() -> runner.roles().stream().allMatch(JoinedTopicsIT::waitsForTheJoiner));

    runner.drain();

    assertThat(runner.await(20_000)).isTrue();
    assertThat(runner.failure()).isNull();
    assertThat(runner.roles())
        .extracting(RoleView::status)
        .containsOnly(new Role.Status(Role.State.DONE, "drained before it began"));
  }

  @Test
  void theyGoOnOnceTheTopicIsThere() throws Exception {
    RoleRunner runner = others();
    runner.start();
    await().until(() -> runner.roles().stream().allMatch(JoinedTopicsIT::waitsForTheJoiner));

    SharedBroker.createTopic(job + ".labelled", 2);

    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> runner.roles().stream().noneMatch(JoinedTopicsIT::waitsForTheJoiner));
    assertThat(runner.failure()).isNull();
    runner.drain();
    assertThat(runner.await(60_000)).isTrue();
  }

  private static boolean waitsForTheJoiner(RoleView role) {
    return role.status().equals(new Role.Status(Role.State.WAITING, "waiting for the joiner"));
  }

  private RoleRunner others() throws IOException {
    JobConfig config = JobConfigLoader.load(ConfigSources.merge(configure(), Map.of(), List.of()));
    KafkaClients clients = new KafkaClients(config.kafka());
    MeterRegistry registry = new SimpleMeterRegistry();
    Clock clock = Clock.systemUTC();
    return new RoleRunner(
        List.of(
            new CounterRole(config, clients, registry, clock, false),
            new SamplerRole(config, clients, registry, clock, false),
            new TrainerRole(config, clients, registry, clock, false)));
  }

  private int partitions() {
    try (Admin admin = SharedBroker.admin()) {
      return new TopicSetup(admin, Duration.ofSeconds(20), SharedBroker.bootstrapServers())
          .require(job + ".labelled")
          .partitions();
    }
  }

  private String printed = "";

  /** The exit code, and how the last line begins. */
  private String run(String command, Path config) {
    Outcome outcome = Outcome.of(command, "--config", config.toString());
    printed = outcome.text();
    List<String> lines = printed.lines().toList();
    String last = lines.get(lines.size() - 1);
    return outcome.code() + " " + last.substring(0, Math.min(9, last.length()));
  }

  private Path configure(String... more) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "job=" + job,
                "bootstrap.servers=" + SharedBroker.bootstrapServers(),
                "events.topic=" + job + "-events",
                "events.features=amount",
                "events.classes=ok,fraud",
                "labels.topic=" + job + "-labels",
                "labels.label=outcome",
                "labels.wait=1h",
                "labels.state.dir=" + folder.resolve("state"),
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "metrics.port=0"));
    lines.addAll(List.of(more));
    return Files.write(folder.resolve("job.properties"), lines);
  }
}
