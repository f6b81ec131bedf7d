package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.evaluation.Interval;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.Telemetry;
import dev.counterweight.sampler.SamplerRole;
import dev.counterweight.scorer.CheckpointFollower;
import dev.counterweight.scorer.ScorerRole;
import dev.counterweight.scorer.ServingOrders;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import dev.counterweight.trainer.TrainerRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An hour of flipped labels, at a job whose scorer is guarded, beside a scorer that is not: an hour
 * passes in seconds, and checkpoints come as many times faster. Of full size with {@code
 * -Dcounterweight.hour=360000 -Dcounterweight.rate=6000}; {@code -Dcounterweight.flipped=0.5} flips
 * half of the labels.
 */
@Timeout(900)
class PoisonDrillIT {
  /** Events of an hour. */
  private static final int HOUR = Integer.getInteger("counterweight.hour", 45_000);

  /** Events that are sent in a second. */
  private static final int RATE = Integer.getInteger("counterweight.rate", 3_000);

  private static final double FLIPPED =
      Double.parseDouble(System.getProperty("counterweight.flipped", "1"));

  private static final int CLEAN = Math.max(45_000, HOUR / 2);
  private static final int END = CLEAN + HOUR;
  private static final int AFTER = 120_000;
  private static final int FEATURES = 6;
  private static final double FRAUDS = 0.03;

  /**
   * How far recall falls at least without a guard: half of what was asked of one network at 64 uses
   * an event and argmax-scores. What jobs have by default learns lies less far, on a busy machine
   * less still.
   */
  private static final double DROP = 0.1;

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String ALERT = "CounterweightModelHeldBack";

  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("poison");
  private final Tally guarded = new Tally();
  private final Tally newest = new Tally();
  private volatile boolean ended;
  private volatile long seen = -1;
  private volatile String served = "";

  /** What became of frauds, by whether their hour was poisoned. */
  private static final class Tally {
    private long cleanFrauds;
    private long cleanFound;
    private long frauds;
    private long found;

    void take(long offset, boolean fraud, boolean decided) {
      if (!fraud || offset < CLEAN / 2) {
        return;
      }
      if (offset < CLEAN) {
        cleanFrauds++;
        cleanFound += decided ? 1 : 0;
      } else {
        frauds++;
        found += decided ? 1 : 0;
      }
    }

    Interval clean() {
      return Interval.wilson((double) cleanFound / cleanFrauds, cleanFrauds);
    }

    Interval poisoned() {
      return Interval.wilson(recall(), frauds);
    }

    double recall() {
      return (double) found / frauds;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "recall %.4f, %.4f to %.4f, of %d frauds of the hour, %.4f to %.4f before it (%d frauds)",
          recall(),
          poisoned().low(),
          poisoned().high(),
          frauds,
          clean().low(),
          clean().high(),
          cleanFrauds);
    }
  }

  /** An event by its offset. */
  private record Event(float[] row, boolean fraud, boolean flipped) {
    static Event of(long offset) {
      SplittableRandom random = new SplittableRandom(offset);
      boolean fraud = random.nextDouble() < FRAUDS;
      float[] row = new float[FEATURES];
      for (int f = 0; f < FEATURES; f++) {
        double value = random.nextGaussian() + (fraud && f < 3 ? 1.5 : 0);
        row[f] = Math.round(value * 1000) / 1000f;
      }
      return new Event(
          row, fraud, offset >= CLEAN && offset < END && random.nextDouble() < FLIPPED);
    }

    byte[] csv() {
      StringBuilder line = new StringBuilder();
      for (float value : row) {
        line.append(value).append(',');
      }
      return line.append(fraud ^ flipped ? "fraud" : "ok")
          .toString()
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  private JobConfig config(String follow) {
    Map<String, String> values = new HashMap<>();
    values.put("job", job);
    values.put("bootstrap.servers", SharedBroker.bootstrapServers());
    values.put("events.topic", job + "-events");
    values.put("events.format", "csv");
    values.put("events.label", "label");
    values.put("events.classes", "ok,fraud");
    values.put("events.features", "a,b,c,d,e,f");
    values.put("model", "linear");
    values.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    // As many times faster as the hour is.
    values.put("checkpoint.interval", 60_000L * HOUR / 3600 / RATE + "ms");
    values.put("scores.events.topic", job + "-events");
    values.put("scores.follow", follow);
    values.put("counts.half.life", "20000 events");
    values.put("metrics.port", "0");
    return JobConfigLoader.load(values);
  }

  @Test
  void aGuardHoldsBackWhatFlippedLabelsMadeAndTheWayBackIsShort() throws Exception {
    JobConfig config = config("guarded");
    SharedBroker.createTopic(config.events().topic(), 1);
    Telemetry telemetry = new Telemetry();
    KafkaClients clients = telemetry.clients(config);
    Clock clock = Clock.systemUTC();
    RoleRunner runner =
        new RoleRunner(
            List.of(
                new CounterRole(config, clients, telemetry.registry(), clock, false),
                new SamplerRole(config, clients, telemetry.registry(), clock, false),
                new TrainerRole(config, clients, telemetry.registry(), clock, false),
                new ScorerRole(
                    config, clients, telemetry.registry(), ServedCheckpoint::of, clock, false)));
    runner.roles().forEach(role -> telemetry.watch(job, role));
    SimpleMeterRegistry own = new SimpleMeterRegistry();
    try (telemetry;
        HttpEndpoint endpoint =
            HttpEndpoint.start(config.metrics(), telemetry, Health.of(runner.roles()), Map.of());
        CheckpointFollower unguarded =
            new CheckpointFollower(config("newest"), clients, ServedCheckpoint::of, own, clock);
        PrometheusServer prometheus =
            PrometheusServer.scraping(folder, "127.0.0.1:" + endpoint.port());
        Producer<byte[], byte[]> producer = clients.producer("drill", Map.of())) {
      runner.start();
      Thread reader = new Thread(() -> read(clients, config, unguarded), "scores");
      unguarded.start();
      send(producer, config, 0, CLEAN / 4);
      await("there is a model").atMost(PATIENCE).until(() -> unguarded.models().current() != null);
      reader.start();
      send(producer, config, CLEAN / 4, CLEAN);
      await("all clean events are scored").atMost(PATIENCE).until(() -> seen >= CLEAN - 1);
      assertThat(alerts(prometheus)).doesNotContain(ALERT);
      send(producer, config, CLEAN, END);
      await("the hour is scored").atMost(PATIENCE).until(() -> seen >= END - 1);
      await("the alert fires").atMost(PATIENCE).until(() -> alerts(prometheus).contains(ALERT));
      assertThat(value(telemetry, "counterweight_scorer_holding")).isEqualTo(1);
      assertThat(value(telemetry, "counterweight_scorer_freshness_seconds_count")).isPositive();
      double heldBack = value(telemetry, "counterweight_scorer_held_back_total");
      wayBack(config, clients, unguarded);
      send(producer, config, END, END + AFTER);
      await("a good one is taken again")
          .atMost(PATIENCE)
          .until(() -> value(telemetry, "counterweight_scorer_holding") == 0);
      ended = true;
      reader.join();
      runner.drain();
      runner.await();
      assertThat(runner.failure()).isNull();
      tell(heldBack);
    }
    assertThat(guarded.poisoned().below(guarded.clean())).isFalse();
    assertThat(newest.recall()).isLessThan(newest.clean().low() - DROP);
  }

  private void tell(double heldBack) {
    System.out.printf(
        "%d of %d events with flipped labels: %.0f checkpoints held back%n"
            + "guarded: %s%nnewest: %s%n",
        Math.round(HOUR * FLIPPED), HOUR, heldBack, guarded, newest);
  }

  /** An operator's order, and how long until a scorer obeys it that was led astray. */
  private void wayBack(JobConfig config, KafkaClients clients, CheckpointFollower astray) {
    ServingOrders orders = new ServingOrders(config, clients);
    String good = nameOfServed(clients, config);
    long givenNs = System.nanoTime();
    orders.serve(good);
    long orderedNs = System.nanoTime();
    await("the order is obeyed")
        .pollInterval(Duration.ofMillis(5))
        .until(() -> current(astray).id().checkpoint().equals(good));
    Duration took = Duration.ofNanos(System.nanoTime() - orderedNs);
    System.out.printf(
        "the order took %d ms to give and was obeyed %d ms later%n",
        (orderedNs - givenNs) / 1_000_000, took.toMillis());
    assertThat(took).isLessThan(Duration.ofSeconds(1));
    orders.takeBack();
    await("on with what is announced").until(() -> !current(astray).id().checkpoint().equals(good));
  }

  /** The name of the checkpoint that served last. */
  private String nameOfServed(KafkaClients clients, JobConfig config) {
    return WholeLog.read(clients, config.topics().checkpoints(), Announcement::parse).stream()
        .map(Announcement::checkpoint)
        .filter(ref -> ref.sha256().equals(served))
        .map(Announcement.Ref::name)
        .findFirst()
        .orElseThrow();
  }

  private static ServedModel current(CheckpointFollower follower) {
    return Objects.requireNonNull(follower.models().current());
  }

  private static void send(Producer<byte[], byte[]> producer, JobConfig config, int from, int to) {
    long startNs = System.nanoTime();
    for (int i = from; i < to; i++) {
      long aheadNs = startNs + (i - from) * 1_000_000_000L / RATE - System.nanoTime();
      if (aheadNs > 1_000_000) {
        LockSupport.parkNanos(aheadNs);
      }
      var unused = producer.send(new ProducerRecord<>(config.events().topic(), Event.of(i).csv()));
    }
    producer.flush();
  }

  /** Judges each score by the truth, beside what an unguarded scorer would say at that moment. */
  private void read(KafkaClients clients, JobConfig config, CheckpointFollower unguarded) {
    try (Consumer<byte[], byte[]> consumer = clients.consumer("drill-scores", Map.of())) {
      List<TopicPartition> scores = LogEnds.partitions(config.topics().scores(), 1);
      consumer.assign(scores);
      consumer.seekToBeginning(scores);
      ServedModel model = null;
      Scratch scratch = null;
      while (!ended) {
        for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Duration.ofMillis(100))) {
          if (model == null || scratch == null || model != current(unguarded)) {
            model = current(unguarded);
            scratch = model.scratch();
          }
          take(ServedScore.parse(one.value()), model, scratch);
        }
      }
    }
  }

  private void take(ServedScore score, ServedModel model, Scratch scratch) {
    long offset = Objects.requireNonNull(score.place()).offset();
    if (offset < END) {
      Event event = Event.of(offset);
      model.score(event.row(), 0, scratch);
      guarded.take(offset, event.fraud(), score.decision().equals("fraud"));
      newest.take(offset, event.fraud(), scratch.decision() == 1);
      served = score.checkpoint();
    }
    seen = offset;
  }

  private static double value(Telemetry telemetry, String metric) {
    return telemetry
        .scrape()
        .lines()
        .filter(line -> line.startsWith(metric + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static List<String> alerts(PrometheusServer prometheus) throws Exception {
    List<String> firing = new ArrayList<>();
    for (JsonNode alert : prometheus.api("alerts").get("alerts")) {
      if (alert.get("state").asText().equals("firing")) {
        firing.add(alert.at("/labels/alertname").asText());
      }
    }
    return firing;
  }
}
