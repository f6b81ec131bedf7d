package dev.counterweight.trainer;

import static dev.counterweight.trainer.TrainerRuns.committedOrReported;
import static dev.counterweight.trainer.TrainerRuns.deleteBefore;
import static dev.counterweight.trainer.TrainerRuns.lastReport;
import static dev.counterweight.trainer.TrainerRuns.runToEnd;
import static dev.counterweight.trainer.TrainerRuns.sendEvents;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointInspection;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.RoleView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TrainerRoleIT {
  private static final int ALL_STEPS = TrainerJob.RECORDS * TrainerJob.ROWS / 32;

  @TempDir Path folder;

  @Test
  void aRunToTheEndLeavesAnAnnouncedCheckpointThatAnyoneCanRead() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a")).with("checkpoint.keep", "2");
    job.send(0, TrainerJob.RECORDS);

    Map<String, Object> summary = runToEnd(job);

    assertThat(summary).containsEntry("steps", (long) ALL_STEPS);
    Announcement newest = job.newest();
    assertThat(newest.step()).isEqualTo(ALL_STEPS);
    assertThat(newest.batchOffset()).isEqualTo(TrainerJob.RECORDS);
    assertThat(summary).containsEntry("checkpoint", newest.folder());
    CheckpointInspection look = CheckpointInspection.of(Path.of(newest.folder()));
    assertThat(look.whole()).isTrue();
    assertThat(look.manifest().metrics()).containsKeys("gmean", "recall", "log_loss");
    assertThat(tensorNames(look.folder().resolve("model.safetensors")))
        .contains("rate.1.0.weight", "average.0.4.bias", "average.linear.0.bias")
        .filteredOn(
            name ->
                !name.matches(
                    "(rate|average)\\.[01]\\.[024]\\.(weight|bias)|(average\\.)?linear\\.0\\..*"))
        .containsExactlyInAnyOrder("normalizer.mean", "normalizer.quantiles", "normalizer.std");
    assertThat(foldersIn(folder.resolve("a")))
        .containsExactlyInAnyOrder(newest.checkpoint().name(), newest.earlier().get(0).name());
    assertThat(committedBatchOffset(job)).isEqualTo(TrainerJob.RECORDS);
  }

  @Test
  void theLastReportSaysHowItWent() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    job.send(0, TrainerJob.RECORDS);

    Map<String, Object> summary = runToEnd(job);

    JsonNode last = lastReport(job);
    assertThat(last.path("done").asBoolean()).isTrue();
    assertThat(last.path("step").asLong()).isEqualTo(ALL_STEPS);
    assertThat(last.path("events").asLong())
        .isEqualTo((long) TrainerJob.RECORDS * TrainerJob.EVENTS_A_RECORD);
    assertThat(last.path("drawn").path("a").asLong()).isPositive();
    assertThat(last.path("prior").path("b").asDouble()).isBetween(0.07, 0.09);
    assertThat(last.path("window").path("recall").path("c").asDouble()).isGreaterThan(0.9);
    assertThat(last.path("loss").isNumber()).isTrue();
    assertThat(last.path("checkpoint").asText()).isEqualTo(summary.get("checkpoint"));
    assertThat(last.path("gmean").asDouble()).isGreaterThan(0.8);
    assertThat(new ObjectMapper().<JsonNode>valueToTree(summary).path("metrics").path("gmean"))
        .isEqualTo(last.path("gmean"));
  }

  @Test
  void aDrainedTrainerSavesWhatItHasAndGoesOnFromThere() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a")).with("checkpoint.every.steps", "1000");
    job.send(0, 10);
    RoleRunner runner = new RoleRunner(List.of(job.role(false)));
    runner.start();
    await().until(() -> committedOrReported(job) == 10);
    runner.drain();
    runner.await();

    assertThat(runner.failure()).isNull();
    assertThat(job.newest().batchOffset()).isEqualTo(10);
    job.send(10, TrainerJob.RECORDS);
    assertThat(runToEnd(job)).containsEntry("steps", (long) ALL_STEPS);
  }

  @Test
  void aJobThatIsAtItsEndEndsAgainAtOnce() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    job.send(0, TrainerJob.RECORDS);
    runToEnd(job);
    int announced = job.announcements().size();

    assertThat(runToEnd(job)).containsEntry("steps", (long) ALL_STEPS);
    assertThat(job.announcements()).hasSize(announced);
  }

  @Test
  void anUnreadableAnnouncementIsPassedOverOnceAnotherFollows() throws Exception {
    TrainerJob job = TrainerJob.create(folder);
    job.send(0, 20);
    TrainerRuns.drainAfter(job, 20);
    String topic = job.config().topics().checkpoints();
    List<byte[]> announced = job.values(topic);
    publish(job, topic, "not an announcement".getBytes(StandardCharsets.UTF_8));

    assertThat(TrainerRuns.failureOf(job))
        .hasMessageContaining("of topic '" + topic + "', the newest, is not an announcement")
        .hasMessageContaining("send the record before it once more");

    publish(job, topic, announced.get(announced.size() - 1));
    job.send(20, TrainerJob.RECORDS);
    runToEnd(job);
    List<byte[]> all = job.values(topic);
    assertThat(Announcement.parse(all.get(all.size() - 1)).batchOffset())
        .isEqualTo(TrainerJob.RECORDS);
  }

  @Test
  void aBatchRecordThatDoesNotFitIsNamedInOneLineAndNothingOfItIsUsed() throws Exception {
    TrainerJob job = TrainerJob.create(folder);
    job.send(0, 20);
    TrainerRuns.drainAfter(job, 20);
    MiniBatch like = TrainerJob.batch(20);
    MiniBatch wrong =
        new MiniBatch(
            like.draws(),
            like.evaluation(),
            like.known(),
            like.prior(),
            new float[] {1, 2},
            like.uses(),
            like.origin());
    publish(job, job.config().topics().batches(), MiniBatchFormat.write(wrong, 4));

    assertThat(TrainerRuns.failureOf(job))
        .hasMessage(
            "offset 20 of topic '%s': tensor 'class_weight' has 2 values: must have 3",
            job.config().topics().batches());
    assertThat(job.newest().batchOffset()).isEqualTo(20);
  }

  private static void publish(TrainerJob job, String topic, byte[] value) {
    try (Producer<byte[], byte[]> producer = job.clients().producer("test", Map.of())) {
      producer.send(new ProducerRecord<>(topic, Announcement.key(), value));
    }
  }

  @Test
  void anEarlierRunsEndMarkStopsNobody() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    // More events than the mark in the batch records covers.
    sendEvents(job, TrainerJob.RECORDS * TrainerJob.EVENTS_A_RECORD + 1);
    job.send(0, TrainerJob.RECORDS);
    RoleRunner runner = new RoleRunner(List.of(job.role(true)));
    runner.start();
    await().until(() -> committedOrReported(job) == TrainerJob.RECORDS);
    runner.drain();
    runner.await();

    assertThat(runner.failure()).isNull();
    assertThat(lastReport(job).path("done").asBoolean(true)).isFalse();
  }

  @Test
  void eventsThatCameAfterTheCounterLookedAreLeftToALaterRun() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    sendEvents(job, TrainerJob.RECORDS * TrainerJob.EVENTS_A_RECORD + 1);
    job.send(0, 20);
    RoleRunner runner = new RoleRunner(List.of(job.role(true)));
    runner.start();
    await().until(() -> committedOrReported(job) == 20);
    job.send(20, TrainerJob.RECORDS);
    runner.await();

    assertThat(runner.failure()).isNull();
    assertThat(runner.summary()).containsEntry("steps", (long) ALL_STEPS);
  }

  @Test
  void eventsDeletedAfterTheyWereSampledAreStillTrainedOn() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    int events = TrainerJob.RECORDS * TrainerJob.EVENTS_A_RECORD;
    sendEvents(job, events);
    deleteBefore(job.config().events().topic(), events);
    job.send(0, TrainerJob.RECORDS);

    assertThat(runToEnd(job)).containsEntry("steps", (long) ALL_STEPS);
  }

  @Test
  void aStandbyTakesOverWhereTheLeadStopped() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    job.send(0, 20);
    RoleRunner leader = new RoleRunner(List.of(job.role(false)));
    leader.start();
    await().until(() -> committedOrReported(job) == 20);
    RoleRunner standby = new RoleRunner(List.of(job.with("instance.id", "host-2").role(true)));
    RoleView second = standby.roles().get(0);
    standby.start();
    await().until(() -> second.status().detail().equals("standing by for the lead"));

    leader.drain();
    leader.await();
    job.send(20, TrainerJob.RECORDS);
    standby.await();

    assertThat(leader.failure()).isNull();
    assertThat(standby.failure()).isNull();
    assertThat(standby.summary()).containsEntry("steps", (long) ALL_STEPS);
    assertThat(job.newest().checkpoint().name()).endsWith("host-2");
    assertThat(job.newest().earlier()).last().asString().contains("host-1");
  }

  @Test
  void aMemberThatTheGroupDoesNotKnowAnnouncesNothingAndMayTryAgain() throws Exception {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    Announcement announcement =
        new Announcement(
            new Announcement.Ref("step-x", "00"), 1, 1, Map.of(), "", List.of(), new TreeMap<>());
    try (Leadership lead = new Leadership(job.clients(), job.config().topics())) {
      await().until(() -> lead.poll(Duration.ofMillis(100)));
      try (Announcements announcements = new Announcements(job.clients(), job.config().topics())) {
        ConsumerGroupMetadata stale = lead.membership();
        lead.rejoin();
        await().until(() -> lead.poll(Duration.ofMillis(100)));
        assertThatThrownBy(() -> announcements.announce(announcement, stale))
            .isInstanceOf(Announcements.NotNowException.class);
        assertThat(job.announcements()).isEmpty();

        announcements.announce(announcement, lead.membership());
        assertThat(job.announcements()).hasSize(1);
      }
    }
  }

  @Test
  void aZombieCannotAnnounce() {
    TrainerJob job = TrainerJob.create(folder.resolve("a"));
    Announcement announcement =
        new Announcement(
            new Announcement.Ref("step-x", "00"), 1, 1, Map.of(), "", List.of(), new TreeMap<>());
    try (Leadership lead = new Leadership(job.clients(), job.config().topics())) {
      await().until(() -> lead.poll(Duration.ofMillis(100)));
      try (Announcements zombie = new Announcements(job.clients(), job.config().topics());
          Announcements successor = new Announcements(job.clients(), job.config().topics())) {
        assertThatThrownBy(() -> zombie.announce(announcement, lead.membership()))
            .isInstanceOf(Announcements.LeadLostException.class)
            .hasMessageContaining("has taken the lead");
        assertThat(job.announcements()).isEmpty();
        assertThatCode(() -> successor.announce(announcement, lead.membership()))
            .doesNotThrowAnyException();
        assertThat(job.announcements()).hasSize(1);
      }
    }
  }

  private static long committedBatchOffset(TrainerJob job) throws Exception {
    try (Admin admin = SharedBroker.admin()) {
      var offsets =
          admin
              .listConsumerGroupOffsets(job.config().topics().groupOf("trainer"))
              .partitionsToOffsetAndMetadata()
              .get(10, TimeUnit.SECONDS);
      TopicPartition partition = new TopicPartition(job.config().topics().batches(), 0);
      return Objects.requireNonNull(offsets.get(partition)).offset();
    }
  }

  /** By the format's definition, without the code under test. */
  private static Set<String> tensorNames(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    JsonNode json =
        new ObjectMapper().readTree(new String(bytes, 8, (int) header, StandardCharsets.UTF_8));
    return json.properties().stream()
        .map(Map.Entry::getKey)
        .filter(name -> !name.equals("__metadata__"))
        .collect(Collectors.toSet());
  }

  private static List<String> foldersIn(Path path) throws IOException {
    try (Stream<Path> paths = Files.list(path)) {
      return paths.map(p -> p.getFileName().toString()).toList();
    }
  }
}
