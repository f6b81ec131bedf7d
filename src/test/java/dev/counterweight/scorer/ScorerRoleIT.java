package dev.counterweight.scorer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.event.EventSchema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.ServedScore.Place;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.RunningRole;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(180)
class ScorerRoleIT {
  private static final int PARTITIONS = 3;
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;

  private ScoredJob job(Map<String, String> settings) {
    return new ScoredJob(folder, PARTITIONS, settings);
  }

  @Test
  void itWaitsForTheFirstModelAndIsNotReadyUntilThen() throws Exception {
    try (ScoredJob job = job(Map.of())) {
      job.send(PARTITIONS, 30);
      try (RunningRole scorer = job.start()) {
        await().atMost(SOON).until(() -> scorer.status().state() == State.WAITING);
        assertThat(scorer.roles().get(0).unready()).hasValue("the scorer has no model yet");
        assertThat(job.records()).isEmpty();

        job.announce(5);

        await().atMost(SOON).until(() -> job.records().size() == 30);
        assertThat(scorer.roles().get(0).unready()).isEmpty();
        assertThat(scorer.status().state()).isEqualTo(State.RUNNING);
        assertThat(job.scores()).allMatch(score -> score.step() == 5);
      }
    }
  }

  @Test
  void everyEventIsScoredInItsPartitionUnderItsKey() throws Exception {
    try (ScoredJob job = job(Map.of())) {
      job.announce(1);
      job.send(PARTITIONS, 60);

      Map<String, Object> summary = job.scoreToEnd();

      assertThat(summary).containsEntry("scores", 60L).containsEntry("scores_dead_letters", 0L);
      List<ConsumerRecord<byte[], byte[]>> records = job.records();
      assertThat(records).hasSize(60);
      for (ConsumerRecord<byte[], byte[]> record : records) {
        Place place = Objects.requireNonNull(ServedScore.parse(record.value()).place());
        assertThat(place.partition()).isEqualTo(record.partition());
        assertThat(new String(record.key(), UTF_8))
            .isEqualTo("k" + (place.offset() * PARTITIONS + place.partition()));
        assertThat(System.currentTimeMillis() - record.timestamp()).isBetween(0L, 180_000L);
      }
    }
  }

  @Test
  void aNewRunGoesOnWhereTheLastOneEnded() throws Exception {
    try (ScoredJob job = job(Map.of())) {
      job.announce(1);
      job.send(PARTITIONS, 30);
      job.scoreToEnd();
      job.announce(2);
      job.send(PARTITIONS, 30);

      assertThat(job.scoreToEnd()).containsEntry("scores", 30L);

      assertEachOnce(job.scores(), 60);
      assertThat(job.scores()).filteredOn(score -> score.step() == 2).hasSize(30);
    }
  }

  @Test
  void modelsAreSwappedWhileEventsFlow() throws Exception {
    try (ScoredJob job = job(Map.of())) {
      job.announce(1);
      try (RunningRole scorer = job.start()) {
        int sent = 0;
        for (long step = 1; step <= 4; step++) {
          job.send(PARTITIONS, 30);
          sent += 30;
          int all = sent;
          await().atMost(SOON).until(() -> job.records().size() == all);
          if (step < 4) {
            job.announce(step + 1);
            String taken = "by step " + (step + 1) + " now";
            await().atMost(SOON).until(() -> scorer.status().detail().contains(taken));
          }
        }
      }
      List<ServedScore> scores = job.scores();
      assertEachOnce(scores, 120);
      for (long step = 1; step <= 4; step++) {
        long of = step;
        assertThat(scores).filteredOn(score -> score.step() == of).hasSize(30);
      }
    }
  }

  @Test
  void whatCannotBeReadIsADeadLetterAndTheRestIsScored() throws Exception {
    try (ScoredJob job = job(Map.of())) {
      job.announce(1);
      job.send(0, null, "{\"amount\":1}".getBytes(UTF_8));
      job.send(0, null, "{\"amount\":".getBytes(UTF_8));
      job.send(0, null, null);
      job.send(0, null, "{\"amount\":1}".getBytes(UTF_8));

      Map<String, Object> summary = job.scoreToEnd();

      assertThat(summary).containsEntry("scores", 2L).containsEntry("scores_dead_letters", 1L);
      assertThat(job.scores())
          .extracting(score -> Objects.requireNonNull(score.place()).offset())
          .containsExactly(0L, 3L);
      assertThat(job.letters())
          .singleElement()
          .satisfies(
              letter -> assertThat(letter.value()).asString(UTF_8).isEqualTo("{\"amount\":"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "csv", "float32", "avro", "protobuf"})
  void everyFormatIsScoredAlike(String format) throws Exception {
    Path schema = folder.resolve("schema");
    Map<String, String> settings =
        switch (format) {
          case "avro" -> {
            Files.writeString(
                schema,
                "{\"type\":\"record\",\"name\":\"E\",\"fields\":[{\"name\":\"amount\",\"type\":\"float\"}]}");
            yield Map.of("events.format", format, "events.schema.file", schema.toString());
          }
          case "protobuf" -> {
            Files.writeString(schema, "syntax = \"proto3\"; message E { float amount = 1; }");
            yield Map.of("events.format", format, "events.schema.file", schema.toString());
          }
          default -> Map.of("events.format", format);
        };
    try (ScoredJob job = job(settings)) {
      job.announce(1);
      for (byte[] value : values(format, 2.5f)) {
        job.send(0, null, value);
      }
      job.scoreToEnd();

      List<ServedScore> scores = job.scores();
      assertThat(scores).hasSize(values(format, 2.5f).size());
      assertThat(job.letters()).isEmpty();
      assertThat(scores).extracting(ServedScore::probabilities).containsOnly(served());
    }
  }

  /** What a json event of 2.5 is served. */
  private Map<String, Double> served() {
    try (ScoringRig rig = new ScoringRig(folder.resolve("rig"), Map.of())) {
      rig.send("a", "{\"amount\":2.5}");
      return rig.scores().get(0).probabilities();
    }
  }

  private static List<byte[]> values(String format, float amount) {
    byte[] le = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(amount).array();
    return switch (format) {
      case "json" -> List.of(("{\"amount\":" + amount + "}").getBytes(UTF_8));
      case "csv" -> List.of((amount + ",").getBytes(UTF_8), ("" + amount).getBytes(UTF_8));
      case "float32" -> List.of(le, ByteBuffer.allocate(8).put(le).array());
      case "avro" -> List.of(le);
      default -> List.of(ByteBuffer.allocate(5).put((byte) 0x0d).put(le).array());
    };
  }

  @Test
  void aRunToTheEndWithoutACheckpointSaysSo() {
    try (ScoredJob job = job(Map.of())) {
      assertThatThrownBy(job::scoreToEnd)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("has no checkpoint that can be scored by");
    }
  }

  @Test
  void aModelOfAnotherSchemaEndsTheRoleWithBoth() throws Exception {
    try (ScoredJob job = job(Map.of())) {
      job.made.of(new EventSchema(List.of("sum"), "label", List.of("ok", "fraud"), null, null));
      job.announce(1);
      job.send(PARTITIONS, 3);

      assertThatThrownBy(job::scoreToEnd)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("events.features=sum")
          .hasMessageContaining("events.features=amount");
      assertThat(job.records()).isEmpty();
    }
  }

  @Test
  void aTopicOfScoresWithOtherPartitionsIsRefused() throws Exception {
    try (ScoredJob job = job(Map.of())) {
      job.announce(1);
      SharedBroker.createTopic(job.config(Map.of()).topics().scores(), 2);

      assertThatThrownBy(job::scoreToEnd)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("has 2 partitions: it must have 3, as many as the topic that is");
    }
  }

  @Test
  void requestsAloneNeedNoTopicOfEvents() throws Exception {
    try (ScoredJob job = job(Map.of("scores.events.topic", "none", "scores.port", "0"))) {
      job.announce(4);
      try (RunningRole scorer = job.start()) {
        await()
            .atMost(SOON)
            .until(() -> scorer.status().detail().equals("answers requests, by step 4 now"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anErrorWhileALaterCheckpointIsLoadedEndsIt(boolean topic) throws Exception {
    Map<String, String> http = Map.of("scores.events.topic", "none", "scores.port", "0");
    try (ScoredJob job = job(topic ? Map.of() : http)) {
      job.announce(1);
      RunningRole scorer =
          new RunningRole(
              job.role(
                  false,
                  one -> {
                    if (one.manifest().position().step() == 2) {
                      throw new NoClassDefFoundError("ai/djl/Model");
                    }
                    return ServedCheckpoint.of(one);
                  }));
      await().atMost(SOON).until(() -> scorer.status().detail().contains("by step 1 now"));

      job.announce(2);

      assertThatThrownBy(scorer::awaitEnd)
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("followed no longer")
          .hasMessageContaining("ai/djl/Model");
    }
  }

  private static void assertEachOnce(List<ServedScore> scores, int count) {
    assertThat(scores).hasSize(count);
    Set<Place> places = new HashSet<>();
    scores.forEach(score -> places.add(Objects.requireNonNull(score.place())));
    assertThat(places).hasSize(count);
  }
}
