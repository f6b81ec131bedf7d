package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.ProxiedBroker;
import dev.counterweight.judge.JudgeRecount;
import dev.counterweight.judge.JudgeRole;
import dev.counterweight.judge.ServedStream;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Judges as processes of their own, killed and cut off from their broker at random moments: what
 * was judged in the end is what a recount of {@code <job>.scores} and {@code <job>.labelled} says.
 *
 * <p>The default is short. The full figure is 20 kills over a million events: {@code
 * -Dcounterweight.kills=20 -Dcounterweight.events=1000000}; {@code -Dcounterweight.seed} gives
 * another stream.
 */
@Timeout(1800)
@SuppressWarnings("NullAway.Init") // set by start
class JudgeKillIT {
  private static final int KILLS = Integer.getInteger("counterweight.kills", 3);
  private static final int EVENTS = Integer.getInteger("counterweight.events", 40_000);
  private static final long SEED = Long.getLong("counterweight.seed", 1);
  private static final int PARTITIONS = 6;

  @TempDir Path folder;
  private final List<ChildJvm> judges = new ArrayList<>();
  private final Random random = new Random(SEED);
  private ProxiedBroker broker;
  private KafkaClients clients;

  @BeforeEach
  void start() throws IOException {
    broker = ProxiedBroker.start(folder.resolve("broker"));
    clients = new KafkaClients(new KafkaConfig(broker.direct(), Map.of()));
  }

  @AfterEach
  void end() throws IOException {
    judges.forEach(ChildJvm::close);
    broker.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void killedJudgesJudgeEachScoreOnceByTheLabelThatCameForIt(boolean routed) throws Exception {
    try (ServedStream stream =
        new ServedStream(clients, "job", PARTITIONS, routed ? 4 : PARTITIONS, SEED)) {
      for (int i = 0; i < 2; i++) {
        judges.add(judge(i, routed));
      }
      for (int kill = 0; kill < KILLS; kill++) {
        stream.write(EVENTS / (KILLS + 1));
        trouble(kill, routed);
      }
      stream.write(EVENTS / (KILLS + 1));
      stream.end();
    }
    JudgeRecount recount = new JudgeRecount(clients, "job");
    judges.forEach(ChildJvm::close);
    recount.assertIs(judged(recount, routed));
    assertThat(recount.judged()).isGreaterThan(EVENTS / 2);
  }

  /** What a judge in this process says, without the folders of the others. */
  private Map<String, Object> judged(JudgeRecount recount, boolean routed) throws Exception {
    JudgeRole role =
        new JudgeRole(
            JobConfigLoader.load(settings(2, routed, broker.direct())),
            clients,
            new SimpleMeterRegistry(),
            Clock.systemUTC());
    try (RunningRole judge = new RunningRole(role)) {
      await("all is judged")
          .atMost(Duration.ofMinutes(4))
          .until(() -> judgedBy(judge) >= recount.judged());
      judge.drain();
      judge.awaitEnd();
      return judge.summary();
    }
  }

  private static long judgedBy(RunningRole judge) {
    Map<?, ?> served = (Map<?, ?>) Objects.requireNonNull(judge.summary().get("served"));
    return (Long) Objects.requireNonNull(served.get("judged"));
  }

  /** Kills one, once it does something; cuts off both before every second time. */
  private void trouble(int kill, boolean routed) throws Exception {
    long before = committed();
    await("they go on")
        .atMost(Duration.ofMinutes(2))
        .failFast(() -> judges.forEach(j -> assertThat(j.running()).as(j.output()).isTrue()))
        .until(() -> committed() > before);
    System.out.printf("kill %d at offsets of %d in all%n", kill + 1, committed());
    if (kill % 2 == 1) {
      broker.cut();
      pass(200 + random.nextInt(2_000));
      broker.mend();
    }
    pass(random.nextInt(600));
    int victim = random.nextInt(judges.size());
    ChildJvm killed = judges.get(victim);
    assertThat(killed.running()).as(killed.output()).isTrue();
    killed.kill();
    judges.set(victim, judge(victim, routed));
  }

  private long committed() throws Exception {
    try (var admin = clients.admin("look")) {
      return admin
          .listConsumerGroupOffsets("job.judge")
          .partitionsToOffsetAndMetadata()
          .get()
          .values()
          .stream()
          .mapToLong(OffsetAndMetadata::offset)
          .sum();
    }
  }

  private static void pass(long ms) {
    long endNs = System.nanoTime() + Duration.ofMillis(ms).toNanos();
    await().pollDelay(Duration.ofMillis(ms)).until(() -> System.nanoTime() >= endNs);
  }

  private ChildJvm judge(int instance, boolean routed) throws IOException {
    List<String> lines = new ArrayList<>();
    settings(instance, routed, broker.cuttable()).forEach((k, v) -> lines.add(k + "=" + v));
    Path config = Files.write(folder.resolve("job-" + instance + ".properties"), lines);
    return ChildJvm.start(
        folder.resolve("judge-" + instance + ".log"),
        List.of("run", "--config", config.toString(), "--role", "judge"));
  }

  private Map<String, String> settings(int instance, boolean routed, String servers) {
    Map<String, String> all = new HashMap<>();
    all.put("job", "job");
    all.put("bootstrap.servers", servers);
    all.put("events.topic", "payments");
    all.put("events.classes", String.join(",", ServedStream.CLASSES));
    all.put("events.features", "x");
    all.put("checkpoint.dir", "unused");
    all.put("labels.topic", "chargebacks");
    all.put("labels.label", "label");
    all.put("labels.wait", "1h");
    all.put("labels.repartition", routed ? "always" : "auto");
    all.put("labels.state.dir", "unused");
    all.put("scores.state.dir", folder.resolve("state-" + instance).toString());
    all.put("kafka.streams.consumer.session.timeout.ms", "6000");
    all.put("kafka.streams.consumer.heartbeat.interval.ms", "1000");
    all.put("metrics.port", "0");
    return all;
  }
}
