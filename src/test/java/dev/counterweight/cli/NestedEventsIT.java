package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.trainer.BrokerlessTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Events as people have them, through a broker: nested JSON with nulls, words, times and arrays, a
 * category and the importance in the key, the label in a header, between tombstones and events
 * without a label.
 */
@Timeout(300)
class NestedEventsIT {
  private static final int RECORDS = 9_000;
  private static final KafkaClients CLIENTS =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("nested");
  private final Map<String, String> properties = new TreeMap<>();
  private final Map<String, Long> counts = new TreeMap<>();
  private long tombstones;
  private long unlabelled;
  private long withoutAmount;
  private long withoutCountry;

  @Test
  void aJobOfNestedEventsTrainsAndGoesOnAfterAKillAsIfItHadNot() throws Exception {
    configure();
    send();

    try (ChildJvm counter = role("counter");
        ChildJvm sampler = role("sampler");
        ChildJvm trainer = role("trainer")) {
      await()
          .atMost(Duration.ofSeconds(90))
          .failFast(() -> assertThat(trainer.running()).as(trainer.output()).isTrue())
          .until(() -> checkpoints() >= 2);
      trainer.kill();
      try (ChildJvm again = role("trainer")) {
        assertThat(counter.await(120)).as(counter.output()).isZero();
        assertThat(sampler.await(60)).as(sampler.output()).isZero();
        assertThat(again.await(90)).as(again.output()).isZero();
      }
    }

    assertThat(Files.readString(folder.resolve("trainer.log"))).contains("resum");
    assertEveryEventIsAccountedFor();
    JsonNode trained = summary("trainer");
    assertSharesAreThoseOfTheStream(trained.get("features"));
    assertBytesAreThoseOfTheBatchLog(Path.of(trained.get("checkpoint").asText()));
  }

  /** By counter and sampler alike. */
  private void assertEveryEventIsAccountedFor() throws IOException {
    Map<String, Long> counted = new TreeMap<>();
    summary("counter")
        .get("counts")
        .properties()
        .forEach(e -> counted.put(e.getKey(), e.getValue().asLong()));
    assertThat(counted).isEqualTo(counts);
    JsonNode sampled = summary("sampler");
    assertThat(sampled.get("dead_letters").asLong()).isZero();
    assertThat(sampled.at("/passed_over_by_reason/tombstone").asLong()).isEqualTo(tombstones);
    assertThat(sampled.at("/passed_over_by_reason/unlabelled").asLong()).isEqualTo(unlabelled);
    assertThat(BatchLogAudit.of(job).events().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(counts.values().stream().mapToLong(Long::longValue).sum());
  }

  private void assertSharesAreThoseOfTheStream(JsonNode features) {
    double events = counts.values().stream().mapToLong(Long::longValue).sum();
    assertThat(features.at("/amount/missing_since_start").asDouble())
        .isCloseTo(withoutAmount / events, within(0.05));
    assertThat(features.at("/country/missing_since_start").asDouble())
        .isCloseTo(withoutCountry / events, within(0.05));
    assertThat(features.at("/country/unseen_since_start").asDouble()).isBetween(0.0001, 0.1);
    assertThat(features.at("/tier").has("missing")).as("must be there").isFalse();
    assertThat(features.has("online")).as("a number that must be there").isFalse();
  }

  private void assertBytesAreThoseOfTheBatchLog(Path checkpoint) throws IOException {
    List<MiniBatch> log = WholeLog.read(CLIENTS, job + ".batches", MiniBatchFormat::read);
    byte[] state = Files.readAllBytes(checkpoint.resolve(StoredCheckpoint.STATE));
    int trained = (int) SafeTensors.parse(state).longs("trainer.counters", 3)[0];
    // Once the last event is covered the run is over: draws of it may stand in a record more.
    assertThat(log.subList(trained, log.size()))
        .allMatch(rest -> rest.origin().events() == 0, "covers no event");
    Map<String, byte[]> straight;
    try (BrokerlessTrainer trainer = new BrokerlessTrainer(JobConfigLoader.load(properties))) {
      log.subList(0, trained).forEach(trainer::train);
      straight = trainer.save(Files.createDirectory(folder.resolve("straight"))).files();
    }
    for (String file :
        List.of(StoredCheckpoint.MODEL, StoredCheckpoint.OPTIMIZER, StoredCheckpoint.STATE)) {
      assertThat(Files.readAllBytes(checkpoint.resolve(file)))
          .as(file)
          .isEqualTo(straight.get(file));
    }
    SafeTensors model =
        SafeTensors.parse(Files.readAllBytes(checkpoint.resolve(StoredCheckpoint.MODEL)));
    assertThat(model.tensor("embedding.country.weight").shape()).containsExactly(1024L, 4L);
    assertThat(model.tensor("embedding.tags.weight").shape().get(0)).isEqualTo(32);
  }

  private void configure() throws IOException {
    String topic = SharedBroker.createTopic(SharedBroker.uniqueName("nested-events"), 2);
    properties.put("job", job);
    properties.put("bootstrap.servers", SharedBroker.bootstrapServers());
    properties.put("events.topic", topic);
    properties.put("events.label", "header:outcome");
    properties.put("events.classes", "ok|legit,fraud|chargeback");
    properties.put("events.unlabelled", "skip");
    properties.put("events.importance", "key:weight");
    properties.put("events.time", "meta.at");
    properties.put("events.time.unit", "iso");
    properties.put("events.features", "amount,country,tags,tier,seen,online");
    properties.put("feature.amount.path", "payment.amount");
    properties.put("feature.amount.missing", "mean");
    properties.put("feature.country.path", "payment.card.country");
    properties.put("feature.country.type", "category");
    properties.put("feature.country.buckets", "1024");
    properties.put("feature.country.width", "4");
    properties.put("feature.country.missing", "mean");
    properties.put("feature.tags.type", "categories");
    properties.put("feature.tags.buckets", "32");
    properties.put("feature.tags.missing", "mean");
    properties.put("feature.tier.path", "key:customer.tier");
    properties.put("feature.tier.type", "category");
    properties.put("feature.tier.buckets", "16");
    properties.put("feature.seen.path", "meta.at");
    properties.put("feature.seen.type", "time");
    properties.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    properties.put("checkpoint.every.steps", "50");
    properties.put("metrics.port", "0");
    List<String> lines =
        properties.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    Files.write(folder.resolve("job.properties"), lines);
  }

  private void send() {
    SplittableRandom random = new SplittableRandom(5);
    counts.putAll(Map.of("ok", 0L, "fraud", 0L));
    try (Producer<byte[], byte[]> producer = CLIENTS.producer("nested", Map.of())) {
      for (int i = 0; i < RECORDS; i++) {
        byte[] value = i % 50 == 7 ? null : event(random, i);
        String json = "{\"customer\":{\"tier\":\"t%d\"},\"weight\":%d}".formatted(i % 5, 1 + i % 2);
        byte[] key = json.getBytes(UTF_8);
        ProducerRecord<byte[], byte[]> sent =
            new ProducerRecord<>(properties.get("events.topic"), i % 2, null, key, value);
        String outcome = outcome(i);
        if (outcome != null) {
          sent.headers().add("outcome", outcome.getBytes(UTF_8));
        }
        count(i, value, outcome);
        producer.send(sent);
      }
    }
  }

  private void count(int i, byte @Nullable [] value, @Nullable String outcome) {
    if (value == null) {
      tombstones++;
    } else if (outcome == null) {
      unlabelled++;
    } else {
      counts.merge(fraud(i) ? "fraud" : "ok", 1L, Long::sum);
      withoutAmount += i % 4 == 0 ? 1 : 0;
      withoutCountry += i % 7 == 0 ? 1 : 0;
    }
  }

  private static @Nullable String outcome(int i) {
    if (i % 30 == 11) {
      return null;
    }
    boolean synonym = i % 2 == 0;
    return fraud(i) ? synonym ? "chargeback" : "fraud" : synonym ? "legit" : "ok";
  }

  private static boolean fraud(int i) {
    return i % 37 == 0;
  }

  private static byte[] event(SplittableRandom random, int i) {
    String amount = i % 3 == 0 ? "\"%d.5\"".formatted(random.nextInt(90)) : "" + random.nextInt(90);
    int known = random.nextInt(fraud(i) ? 3 : 12);
    // In the second half some are new, so that some are scored that were never trained on.
    boolean fresh = i > RECORDS / 2 && i % 40 == 3;
    String country =
        i % 7 == 0 ? "null" : fresh ? "\"N%d\"".formatted(i) : "\"C%d\"".formatted(known);
    return """
    {"payment":{%s"card":{"country":%s}},"tags":%s,"online":%s,"meta":{"at":"%s","more":[{}]}}
    """
        .formatted(
            i % 4 == 0 ? "" : "\"amount\":" + amount + ",",
            country,
            i % 5 == 0 ? "[]" : "[\"web\",%d,null,true]".formatted(i % 3),
            i % 2 == 0,
            Instant.ofEpochMilli(1_700_000_000_000L + 60_000L * i))
        .getBytes(UTF_8);
  }

  private long checkpoints() throws Exception {
    try (Admin admin = SharedBroker.admin()) {
      boolean there = admin.listTopics().names().get().contains(job + ".checkpoints");
      return there ? WholeLog.end(CLIENTS, job + ".checkpoints") : 0;
    }
  }

  private ChildJvm role(String role) {
    return EndedRun.start(folder.resolve("job.properties"), role, "--role", role);
  }

  private JsonNode summary(String role) throws IOException {
    return JSON.readTree(folder.resolve(role + ".json").toFile());
  }
}
