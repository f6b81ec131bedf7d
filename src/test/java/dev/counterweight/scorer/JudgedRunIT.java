package dev.counterweight.scorer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.demo.SharedBroker;
import dev.counterweight.joiner.JoinerRole;
import dev.counterweight.judge.JudgeRecount;
import dev.counterweight.judge.JudgeRole;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Joiner, scorer and judge of a job: what was served is judged by the labels that came later. */
@Timeout(240)
class JudgedRunIT {
  private static final int PARTITIONS = 3;
  private static final int EVENTS = 300;
  private static final int LABELS = 210;
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir Path folder;

  private Map<String, String> settings(String labels, boolean routed) {
    Map<String, String> all = new HashMap<>();
    all.put("events.label", "");
    all.put("labels.topic", labels);
    all.put("labels.label", "outcome");
    all.put("labels.wait", "1h");
    all.put("labels.repartition", routed ? "always" : "auto");
    all.put("labels.state.dir", folder.resolve("state").toString());
    return all;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasServedIsJudgedAsARecountOfBothTopicsSays(boolean routed) throws Exception {
    String labels = SharedBroker.createTopic(SharedBroker.uniqueName("labels"), PARTITIONS);
    try (ScoredJob job = new ScoredJob(folder, PARTITIONS, settings(labels, routed))) {
      job.made.of(job.config(Map.of()).events().schema());
      job.announce(1);
      RunningRole judge =
          new RunningRole(
              new JudgeRole(
                  job.config(Map.of()), job.clients, new SimpleMeterRegistry(), Clock.systemUTC()));
      try (RunningRole joiner =
              new RunningRole(
                  new JoinerRole(
                      job.config(Map.of()),
                      job.clients,
                      new SimpleMeterRegistry(),
                      Clock.systemUTC(),
                      false));
          RunningRole scorer = job.start()) {
        job.send(PARTITIONS, EVENTS);
        await().atMost(SOON).until(() -> job.records().size() == EVENTS);
        label(job, labels);
        await()
            .atMost(SOON)
            .until(
                () -> {
                  assertThat(joiner.isDone() || scorer.isDone() || judge.isDone()).isFalse();
                  return judged(judge) == LABELS;
                });
      }
      judge.close();

      JudgeRecount recount = new JudgeRecount(job.clients, job.job);
      recount.assertIs(judge.summary());
      assertThat(recount.judged()).isEqualTo(LABELS);
    }
  }

  private static long judged(RunningRole judge) {
    Map<?, ?> served = (Map<?, ?>) Objects.requireNonNull(judge.summary().get("served"));
    return (Long) Objects.requireNonNull(served.get("judged"));
  }

  /** In the partition of their events, as these are not where their keys would put them. */
  private static void label(ScoredJob job, String labels) {
    try (Producer<byte[], byte[]> producer = job.clients.producer("labels", Map.of())) {
      for (int i = 0; i < LABELS; i++) {
        String outcome = i % 7 >= 5 || i % 11 == 0 ? "fraud" : "ok";
        byte[] value = "{\"outcome\":\"%s\"}".formatted(outcome).getBytes(UTF_8);
        producer.send(
            new ProducerRecord<>(labels, i % PARTITIONS, ("k" + i).getBytes(UTF_8), value));
      }
    }
  }
}
