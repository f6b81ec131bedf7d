package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.sampling.Falling;
import dev.counterweight.weights.Snapshot;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class SamplerRoleIT {
  private final SamplerHarness job = new SamplerHarness();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final RunningSamplers samplers = new RunningSamplers(job, registry);

  @AfterEach
  void stop() throws Exception {
    samplers.close();
    job.close();
  }

  @Test
  void everyCommittedEventIsUsedOnceUpToTheEnd() throws Exception {
    for (int i = 0; i < 3; i++) {
      job.produce(700, 50);
      job.publish(false);
    }
    job.produce(700, 50);
    job.publish(true);

    RunningRole sampler = samplers.start("one", true);
    sampler.awaitEnd();

    List<MiniBatch> batches = job.settledBatches();
    job.assertEveryEventUsedOnce(batches);
    MiniBatch.Origin last = batches.get(batches.size() - 1).origin();
    assertThat(last.end()).isEqualTo(job.ends());
    SortedMap<Integer, Long> reached = new TreeMap<>();
    last.spans().forEach((partition, span) -> reached.put(partition, span.to()));
    assertThat(reached).isEqualTo(job.ends());
    assertThat(last.weightsVersion()).isEqualTo(4);
    assertThat(SamplerHarness.draws(batches)).isBetween(10_000L, 12_400L);
    assertThat(sampler.summary())
        .containsEntry("draws", SamplerHarness.draws(batches))
        .containsEntry("dead_letters", 0L);
    assertThat(sampler.status().state()).isEqualTo(Role.State.DONE);
    assertThat(registry.get("counterweight.events.sampled").counter().count()).isEqualTo(2800);
    assertThat(registry.get("counterweight.events.sampled").tag("training_job", job.job).counter())
        .isNotNull();
  }

  @Test
  void eventIsSampledWithTheFirstSnapshotThatCoversIt() throws Exception {
    List<TreeMap<Integer, Long>> covered = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      job.produce(300, 100);
      covered.add(new TreeMap<>(job.publish(false).offsets().covered()));
    }
    job.publish(true);
    samplers.start("one", true).awaitEnd();
    for (MiniBatch batch : job.settledBatches()) {
      long version = batch.origin().weightsVersion();
      MiniBatch.EvaluationSlice slice = batch.evaluation();
      for (int row = 0; row < slice.rows(); row++) {
        int first = 0;
        while (slice.sourceOffset()[row]
            >= covered.get(first).getOrDefault(slice.sourcePartition()[row], 0L)) {
          first++;
        }
        assertThat(version).isGreaterThanOrEqualTo(first + 1L);
        assertThat(version).isLessThanOrEqualTo(first + 2L);
      }
    }
  }

  @Test
  void eventsAreServedByTheSnapshotBeforeTheFirstThatCoversThemAfterARestartToo() throws Exception {
    List<Snapshot> snapshots = new ArrayList<>();
    job.produce(300, 100);
    snapshots.add(job.publish(false));
    job.produceOnly(1, 100);
    snapshots.add(job.publish(false));
    RunningRole first = samplers.start("one", true);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> job.batches().stream().mapToInt(b -> b.evaluation().rows()).sum() == 400);
    TreeMap<Integer, Long> middle = new TreeMap<>(job.ends());
    job.produceOnly(2, 300);
    job.ends().forEach((p, end) -> middle.merge(p, end, (from, to) -> (from + to) / 2));
    snapshots.add(job.publish(middle, job.identity.stream().topicId()));
    first.awaitEnd(); // amid what the third snapshot covers
    job.produceOnly(1, 300);
    snapshots.add(job.publish(true));
    samplers.start("one", true).awaitEnd();

    List<MiniBatch> batches = job.settledBatches();
    job.assertEveryEventUsedOnce(batches);
    List<Integer> by = new ArrayList<>();
    for (MiniBatch batch : batches) {
      MiniBatch.EvaluationSlice slice = batch.evaluation();
      int newest = Integer.MAX_VALUE;
      for (int row = 0; row < slice.rows(); row++) {
        newest =
            Math.min(
                newest,
                firstCovering(snapshots, slice.sourcePartition()[row], slice.sourceOffset()[row]));
      }
      if (slice.rows() > 0) {
        by.add(newest);
        double[] known = newest == 0 ? new double[3] : snapshots.get(newest - 1).priors();
        for (int c = 0; c < known.length; c++) {
          assertThat(batch.known().prior()[c]).isEqualTo((float) known[c]);
        }
      }
    }
    assertThat(by).contains(0, 1, 2, 3);
  }

  private static int firstCovering(List<Snapshot> snapshots, int partition, long offset) {
    int first = 0;
    while (offset >= snapshots.get(first).offsets().covered().getOrDefault(partition, 0L)) {
      first++;
    }
    return first;
  }

  @Test
  void rejectedEventsBecomeDeadLettersWithTheirOrigin() throws Exception {
    job.produce(100, 50);
    byte[] key = "who".getBytes(StandardCharsets.UTF_8);
    byte[] malformed = {1, 2, 3};
    byte[] notANumber = SamplerHarness.bytes(1, Float.NaN, 0);
    RecordMetadata badHead = job.produceRaw(1, key, malformed, -1);
    RecordMetadata badFeature = job.produceRaw(2, key, notANumber, 0);
    job.produce(100, 50);
    job.publish(true);

    RunningRole sampler = samplers.start("one", true);
    sampler.awaitEnd();

    job.assertEveryEventUsedOnce(job.settledBatches());
    List<ConsumerRecord<byte[], byte[]>> letters = job.read(job.config.topics().deadLetters());
    assertThat(letters).hasSize(2);
    for (ConsumerRecord<byte[], byte[]> letter : letters) {
      boolean head = header(letter, "cw.partition").equals("1");
      RecordMetadata origin = head ? badHead : badFeature;
      assertThat(letter.key()).isEqualTo(key);
      assertThat(letter.value()).isEqualTo(head ? malformed : notANumber);
      assertThat(header(letter, "cw.reason")).isEqualTo(head ? "malformed" : "missing_feature");
      assertThat(header(letter, "cw.topic")).isEqualTo(job.config.events().topic());
      assertThat(header(letter, "cw.offset")).isEqualTo(Long.toString(origin.offset()));
      assertThat(header(letter, "cw.timestamp")).isEqualTo("1234");
      assertThat(header(letter, "cw.error")).isNotEmpty();
      assertThat(letter.headers().lastHeader("cw.counted") == null).isEqualTo(head);
    }
    assertThat(sampler.summary()).containsEntry("dead_letters", 2L);
    assertThat(
            registry.get("counterweight.dead.letters").tag("reason", "malformed").counter().count())
        .isEqualTo(1);
  }

  @Test
  void topicWithoutEventsStillReachesItsEnd() throws Exception {
    job.publish(true);
    samplers.start("one", true).awaitEnd();
    List<MiniBatch> batches = job.settledBatches();
    assertThat(batches).hasSize(1);
    assertThat(batches.get(0).origin().end()).isEqualTo(job.ends());
    assertThat(batches.get(0).draws().rows()).isZero();
  }

  @Test
  void markOfAnEarlierRunStopsNobody() throws Exception {
    job.produce(100, 50);
    job.publish(true);
    job.produce(100, 50);
    RunningRole sampler = samplers.start("one", true);
    await().atMost(Duration.ofSeconds(30)).until(() -> !job.batches().isEmpty());
    job.publish(false);
    await().atMost(Duration.ofSeconds(30)).until(() -> evaluated() == 200);
    assertThat(sampler.isDone()).isFalse();
    assertThat(job.batches()).allMatch(batch -> batch.origin().end().isEmpty());
    job.publish(true);
    sampler.awaitEnd();
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void eventsThatCameAfterTheCounterLookedAreLeftToALaterRun() throws Exception {
    job.produce(100, 50);
    SortedMap<Integer, Long> mark = job.ends();
    job.produce(100, 50);
    RunningRole sampler = samplers.start("one", true);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> sampler.status().state() == Role.State.WAITING);
    job.publish(mark, job.identity.stream().topicId());
    sampler.awaitEnd();

    assertThat(evaluated()).isEqualTo(100);
    List<MiniBatch> batches = job.settledBatches();
    assertThat(batches.get(batches.size() - 1).origin().end()).isEqualTo(mark);

    job.publish(true);
    samplers.start("one", true).awaitEnd();
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void killedSamplerUsesEveryEventOnce() throws Exception {
    job.produce(300, 50);
    job.publish(false);
    for (int life = 0; life < 2; life++) {
      Process process = SamplerProcess.start(job.config, "one");
      try {
        int before = job.batches().size();
        await().atMost(Duration.ofSeconds(60)).until(() -> job.batches().size() > before);
        for (int i = 0; i < 15; i++) {
          job.produce(200, 50);
          job.publish(false);
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    int beforeLast = evaluated();
    job.publish(true);
    samplers.start("one", true).awaitEnd();
    assertThat(beforeLast).isPositive();
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  /** Whoever draws, and however often it began anew: the record says of which snapshot. */
  @Test
  void usesFallAsTheSnapshotsSayAfterAKillToo() throws Exception {
    String[] fall = {"sampler.draws.per.event=2", "sampler.max.uses=4..2"};
    List<Snapshot> snapshots = new ArrayList<>();
    job.produce(300, 50);
    snapshots.add(job.publish(false));
    for (int life = 0; life < 2; life++) {
      for (int i = 0; i < 4; i++) {
        job.produceOnly(0, 1_500);
        job.produceOnly(2, 200);
        snapshots.add(job.publish(false));
      }
      int before = evaluated();
      Process process = SamplerProcess.start(job.config, "one", fall);
      try {
        await().atMost(Duration.ofSeconds(60)).until(() -> evaluated() > before);
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    Process last = SamplerProcess.start(job.config, "one", fall);
    try {
      await().atMost(Duration.ofSeconds(60)).until(() -> evaluated() == job.events.size());
    } finally {
      last.destroyForcibly().waitFor();
    }

    Falling falling = new Falling(4, 2, 500, false);
    List<Float> uses = new ArrayList<>();
    for (MiniBatch batch : job.settledBatches()) {
      Snapshot by =
          snapshots.stream()
              .filter(snapshot -> (float) snapshot.priors()[2] == batch.prior()[2])
              .findFirst()
              .orElseThrow();
      assertThat(batch.uses()[2]).isEqualTo((float) falling.at(by.counts().n()[2]));
      uses.add(batch.uses()[2]);
    }
    assertThat(uses).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(uses).contains(4f, 2f);
    assertThat(uses.stream().distinct().count()).isGreaterThan(3);
  }

  @Test
  void partitionThatTheOldestSnapshotDoesNotKnowBeginsWhereTheCounterBegan() throws Exception {
    job.produce(100, 50);
    job.beginHere();
    SortedMap<Integer, Long> from = job.ends();
    job.publishWithout(2);
    job.produce(100, 50);
    job.publish(true);

    samplers.start("one", true).awaitEnd();

    assertThat(evaluated()).isEqualTo(100);
    SortedMap<Integer, Long> first = new TreeMap<>();
    job.settledBatches()
        .forEach(
            batch ->
                batch
                    .origin()
                    .spans()
                    .forEach((partition, span) -> first.merge(partition, span.from(), Math::min)));
    assertThat(first).isEqualTo(from);
  }

  @Test
  void secondInstanceOfTheSameIdShutsTheFirstOut() throws Exception {
    job.produce(300, 50);
    job.publish(false);
    RunningRole first = samplers.start("one", false);
    await().atMost(Duration.ofSeconds(30)).until(() -> evaluated() == 300);
    RunningRole second = samplers.start("one", true);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              job.produce(50, 50);
              job.publish(false);
              return first.isDone();
            });
    assertThatThrownBy(first::awaitEnd)
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("instance.id");
    job.publish(true);
    second.awaitEnd();
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void instancesShareThePartitionsAndHandThemOverWithoutLoss() throws Exception {
    job.produce(600, 50);
    job.publish(false);
    RunningRole first = samplers.start("one", true);
    await().atMost(Duration.ofSeconds(30)).until(() -> evaluated() > 100);
    RunningRole second = samplers.start("two", true);
    for (int i = 0; i < 20; i++) {
      job.produce(200, 50);
      job.publish(false);
    }
    await().atMost(Duration.ofSeconds(60)).until(() -> evaluated() == 4600);
    job.publish(true);
    first.awaitEnd();
    second.awaitEnd();
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void memoryIsRefilledFromTheBatchLogAfterARestart() throws Exception {
    job.produce(600, 50);
    job.publish(true);
    samplers.start("one", true).awaitEnd();
    int before = job.settledBatches().size();
    job.produceOnly(0, 300);
    job.publish(true);

    samplers.start("one", true).awaitEnd();

    List<MiniBatch> all = job.settledBatches();
    job.assertEveryEventUsedOnce(all);
    long ofOthers =
        all.subList(before, all.size()).stream()
            .flatMapToLong(batch -> java.util.Arrays.stream(batch.draws().labels()))
            .filter(label -> label != 0)
            .count();
    assertThat(ofOthers).isGreaterThan(300);
  }

  @Test
  void withoutCommittedOffsetsTheBatchLogTellsWhereToGoOn() throws Exception {
    job.produce(300, 50);
    job.publish(true);
    samplers.start("one", true).awaitEnd();
    try (Admin admin = job.clients.admin("forget")) {
      admin.deleteConsumerGroups(List.of(job.config.topics().groupOf("sampler"))).all().get();
    }
    job.produce(300, 50);
    job.publish(true);
    samplers.start("one", true).awaitEnd();
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void eventsDeletedBeforeTheyWereUsedAreNamed() throws Exception {
    job.produce(300, 50);
    job.publish(true);
    TopicPartition partition = new TopicPartition(job.config.events().topic(), 1);
    try (Admin admin = job.clients.admin("delete")) {
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(20))).all().get();
    }
    assertThatThrownBy(samplers.start("one", true)::awaitEnd)
        .isInstanceOf(FailureException.class)
        .hasMessageContaining(partition + ": offsets 0 to 19 were deleted")
        .hasMessageContaining("events.lost=continue");
  }

  @Test
  void recordsThatTheLogRefusesAreAbortedAndUsedAgainLater() throws Exception {
    job.produce(300, 50);
    job.publish(true);
    limitBatches("1000");
    RunningRole refused = samplers.start("one", true);
    assertThatThrownBy(refused::awaitEnd)
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("set sampler.record.max.bytes=921600 below");
    assertThat(
            registry.get("counterweight.transactions").tag("outcome", "aborted").counter().count())
        .isEqualTo(1);
    assertThat(refused.summary()).containsEntry("draws", 0L);
    assertThat(job.settledBatches()).isEmpty();

    limitBatches("1000000");
    samplers.start("one", true).awaitEnd();
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void deadLetterIsCutToWhatItsTopicTakes() throws Exception {
    String letters = job.config.topics().deadLetters();
    try (Admin admin = job.clients.admin("small")) {
      Map<String, String> small = new HashMap<>();
      small.putAll(Objects.requireNonNull(TopicSetup.settings(job.config.topics()).get(letters)));
      small.put("max.message.bytes", "20000");
      admin.createTopics(List.of(new NewTopic(letters, 1, (short) 1).configs(small))).all().get();
    }
    job.produce(100, 50);
    job.produceRaw(1, new byte[] {1}, new byte[100_000], -1);
    job.publish(true);

    samplers.start("one", true).awaitEnd();

    List<ConsumerRecord<byte[], byte[]>> written = job.read(letters);
    assertThat(written).hasSize(1);
    assertThat(written.get(0).value()).hasSizeBetween(1_000, 20_000);
    assertThat(header(written.get(0), "cw.truncated")).isEqualTo("value of 100000 bytes");
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  private void limitBatches(String bytes) throws Exception {
    ConfigResource batches =
        new ConfigResource(ConfigResource.Type.TOPIC, job.config.topics().batches());
    AlterConfigOp limit =
        new AlterConfigOp(new ConfigEntry("max.message.bytes", bytes), AlterConfigOp.OpType.SET);
    try (Admin admin = job.clients.admin("limit")) {
      admin.incrementalAlterConfigs(Map.of(batches, List.of(limit))).all().get();
    }
  }

  @Test
  void clockThatIsSetBackAgainAndAgainHoldsNothingUp() throws Exception {
    AtomicLong days = new AtomicLong(20_000);
    InstantSource backwards = () -> Instant.EPOCH.plus(Duration.ofDays(days.getAndDecrement()));
    job.produce(100, 50);
    job.publish(false);
    RunningRole sampler =
        samplers.start("one", false, Map.of(), backwards.withZone(ZoneOffset.UTC));
    await().atMost(Duration.ofSeconds(30)).until(() -> evaluated() == 100);
    job.produce(100, 50);
    job.publish(false);
    await().atMost(Duration.ofSeconds(30)).until(() -> evaluated() == 200);
    sampler.drain();
    sampler.awaitEnd();
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void waitsForTheCounter() {
    job.produce(50, 50);
    RunningRole sampler = samplers.start("one", false);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> sampler.status().state() == Role.State.WAITING);
    assertThat(sampler.status().detail()).isEqualTo("waiting for the counter");
    job.publish(false);
    await().atMost(Duration.ofSeconds(30)).until(() -> evaluated() == 50);
    sampler.drain();
    await().atMost(Duration.ofSeconds(30)).until(sampler::isDone);
    assertThat(sampler.status().state()).isEqualTo(Role.State.DONE);
    job.assertEveryEventUsedOnce(job.settledBatches());
  }

  @Test
  void snapshotsOfAnotherTopicAreRefused() {
    job.publish(new TreeMap<>(), "another");
    RunningRole sampler = samplers.start("one", false);
    assertThatThrownBy(sampler::awaitEnd)
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("another")
        .hasMessageContaining("--stop-at-end");
    assertThat(sampler.status().state()).isEqualTo(Role.State.FAILED);
  }

  private int evaluated() {
    return job.batches().stream().mapToInt(batch -> batch.evaluation().rows()).sum();
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(letter.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }
}
