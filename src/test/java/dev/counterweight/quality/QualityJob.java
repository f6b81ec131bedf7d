package dev.counterweight.quality;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.sampler.SamplerRole;
import dev.counterweight.trainer.TrainerRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * One job over one data set, from the first event to the last, by the three roles as they are.
 *
 * <p>Repeats to the last digit for a seed: one partition, snapshots and batch records cut by counts
 * and never by the clock, one thread of arithmetic.
 */
public final class QualityJob {
  /** What makes a run repeat, and every event be scored. */
  public static final Map<String, String> BY_COUNT =
      Map.of(
          "evaluation.share", "1",
          "weights.update.interval", "none",
          "sampler.linger", "24h",
          "sampler.commit.interval", "1s",
          "checkpoint.every.steps", "1000000000",
          "checkpoint.interval", "24h",
          "device", "cpu");

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String servers;
  private final Path folder;

  /**
   * @param folder receives the checkpoints
   */
  public QualityJob(String servers, Path folder) {
    this.servers = servers;
    this.folder = folder;
  }

  /**
   * Publishes a data set, in order, an event a millisecond from 1970 on, to a topic of its name
   * that must not exist.
   */
  public void publish(EventSet data) {
    KafkaClients clients = clients();
    try (Admin admin = clients.admin("quality")) {
      new TopicSetup(admin, TIMEOUT, servers).create(data.name(), 1, Map.of("retention.ms", "-1"));
    }
    // In order even where a first batch finds no leader yet.
    Map<String, Object> settings =
        Map.of("linger.ms", 10, "max.in.flight.requests.per.connection", 1);
    try (Producer<byte[], byte[]> producer = clients.producer("quality", settings)) {
      for (int row = 0; row < data.size(); row++) {
        producer.send(new ProducerRecord<>(data.name(), 0, timeMs(row), null, data.event(row)));
      }
      producer.flush();
    }
  }

  /** An event's time, which stands in its record: a millisecond a row, from 2000-01-01 on. */
  static long timeMs(int row) {
    return 946_684_800_000L + row;
  }

  /** Runs a job on a published data set and removes its topics. */
  public QualityRun run(EventSet data, String variant, long seed, Map<String, String> settings)
      throws IOException, InterruptedException, ExecutionException {
    return run(data, variant, seed, settings, null);
  }

  /**
   * @param watched is shown the predictions and the snapshots; null to do without
   */
  QualityRun run(
      EventSet data,
      String variant,
      long seed,
      Map<String, String> given,
      @Nullable Watched watched)
      throws IOException, InterruptedException, ExecutionException {
    Map<String, String> settings = new HashMap<>(given);
    String predictions = "%s-%s-%d-predictions".formatted(data.name(), variant, seed);
    if (watched != null) {
      settings.put("evaluation.predictions.topic", predictions);
    }
    JobConfig config = config(data, variant, seed, settings);
    KafkaClients clients = clients();
    Clock clock = Clock.systemUTC();
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    RoleRunner runner =
        new RoleRunner(
            List.of(
                new CounterRole(config, clients, registry, clock, true),
                new SamplerRole(config, clients, registry, clock, true),
                new TrainerRole(config, clients, registry, clock, true)));
    try (Admin admin = clients.admin("quality")) {
      TopicSetup topics = new TopicSetup(admin, TIMEOUT, servers);
      topics.ensure(config.topics(), TopicSetup.settings(config.topics()).keySet());
      awaitTopics(topics, config);
      runner.start();
      runner.await();
      Throwable failure = runner.failure();
      if (failure != null) {
        throw new IllegalStateException(config.job() + " failed: " + failure.getMessage(), failure);
      }
      JsonNode summary = JSON.valueToTree(runner.summary());
      if (watched != null) {
        each(predictions, watched::prediction);
        each(config.topics().classWeights(), watched.timeline()::snapshot);
        admin.deleteTopics(List.of(predictions)).all().get();
      }
      admin.deleteTopics(TopicSetup.settings(config.topics()).keySet()).all().get();
      return new QualityRun(data.name(), variant, seed, data.classes(), summary, watched);
    }
  }

  /** A broker may not yet know of a topic that its controller has just made. */
  private static void awaitTopics(TopicSetup topics, JobConfig config) {
    for (String name : TopicSetup.settings(config.topics()).keySet()) {
      await(name).atMost(TIMEOUT).until(() -> topics.find(name).isPresent());
    }
  }

  JobConfig config(EventSet data, String variant, long seed, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(BY_COUNT);
    all.putAll(data.settings());
    all.putAll(settings);
    all.put("job", "%s-%s-%d".formatted(data.name(), variant, seed));
    all.put("bootstrap.servers", servers);
    all.put("instance.id", "quality");
    all.put("seed", Long.toString(seed));
    all.put("events.topic", data.name());
    all.put("events.label", "label");
    all.put("events.features", String.join(",", data.features()));
    all.put("events.classes", String.join(",", data.classes()));
    all.put("checkpoint.dir", folder.resolve(all.get("job")).toString());
    return JobConfigLoader.load(all);
  }

  /** The JSON values of a topic of one partition, oldest first. */
  public List<JsonNode> values(String topic) throws IOException {
    List<JsonNode> all = new ArrayList<>();
    each(topic, all::add);
    return all;
  }

  private void each(String topic, java.util.function.Consumer<JsonNode> reader) throws IOException {
    for (byte[] value : WholeLog.read(clients(), topic, Function.identity())) {
      reader.accept(JSON.readTree(value));
    }
  }

  private KafkaClients clients() {
    return new KafkaClients(new KafkaConfig(servers, Map.of()));
  }
}
