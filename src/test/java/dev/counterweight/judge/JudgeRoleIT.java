package dev.counterweight.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(240)
class JudgeRoleIT {
  private static final Duration LONG = Duration.ofSeconds(90);

  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("job");
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));

  private JobConfig config(boolean routed, Map<String, String> more) {
    Map<String, String> all = new HashMap<>();
    all.put("job", job);
    all.put("bootstrap.servers", SharedBroker.bootstrapServers());
    all.put("events.topic", "payments");
    all.put("events.classes", String.join(",", ServedStream.CLASSES));
    all.put("events.features", "x");
    all.put("checkpoint.dir", "unused");
    all.put("labels.topic", "chargebacks");
    all.put("labels.label", "label");
    all.put("labels.wait", "1h");
    all.put("labels.state.dir", "unused");
    all.put("scores.state.dir", folder.resolve("state").toString());
    if (routed) {
      all.put("labels.repartition", "always");
    }
    all.putAll(more);
    return JobConfigLoader.load(all);
  }

  private RunningRole start(boolean routed) {
    return new RunningRole(
        new JudgeRole(
            config(routed, Map.of()), clients, new SimpleMeterRegistry(), Clock.systemUTC()));
  }

  private static long judged(RunningRole judge) {
    Map<?, ?> served = (Map<?, ?>) Objects.requireNonNull(judge.summary().get("served"));
    return (Long) Objects.requireNonNull(served.get("judged"));
  }

  private static void awaitJudged(RunningRole judge, long events) {
    await()
        .atMost(LONG)
        .failFast(
            () ->
                assertThat(judge.status().state())
                    .as(judge.status().detail())
                    .isNotEqualTo(Role.State.FAILED))
        .until(() -> judged(judge) >= events);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void figuresAreThoseOfARecountOfBothTopicsAlsoAfterRestartsAndWithoutTheFolder(boolean routed)
      throws Exception {
    try (ServedStream stream = new ServedStream(clients, job, 3, routed ? 2 : 3, 1)) {
      stream.write(2_000);
      long before = new JudgeRecount(clients, job).judged();
      RunningRole first = start(routed);
      awaitJudged(first, before);
      stream.write(2_000);
      first.close();
      Utils.delete(folder.resolve("state").toFile());
      stream.write(2_000);
      RunningRole second = start(routed);
      stream.end();
      JudgeRecount recount = new JudgeRecount(clients, job);
      awaitJudged(second, recount.judged());
      second.close();

      recount.assertIs(second.summary());
      assertThat(recount.judged()).isGreaterThan(3_000);
    }
  }

  @Test
  void itWaitsForTheTopicsOfJoinerAndScorer() throws Exception {
    try (RunningRole judge = start(false)) {
      await().atMost(LONG).until(() -> judge.status().state() == Role.State.WAITING);
      assertThat(judge.status().detail()).isEqualTo("waiting for the joiner");
    }
  }

  @Test
  void labelsInOtherPartitionsThanTheirEventsAreRefused() throws Exception {
    try (ServedStream stream = new ServedStream(clients, job, 3, 2, 1);
        RunningRole judge = start(false)) {
      stream.write(400);
      assertThatThrownBy(judge::awaitEnd)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("they must have as many");
    }
  }

  @Test
  void topicsThatAreStampedByWhoWritesThemAreRefused() throws Exception {
    SharedBroker.createTopic(job + ".scores", 1);
    SharedBroker.createTopic(job + ".labelled", 1);
    try (RunningRole judge = start(false);
        var producer = clients.producer("served", Map.of())) {
      producer.send(new ProducerRecord<>(job + ".scores", new byte[] {1}, new byte[] {1}));
      producer.flush();
      assertThatThrownBy(judge::awaitEnd)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("message.timestamp.type=LogAppendTime");
    }
  }
}
