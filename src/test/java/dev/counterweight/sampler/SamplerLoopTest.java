package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.RegisteredSchema;
import dev.counterweight.event.SchemaId;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SamplerLoopTest {
  private static final byte[] COMMON = SamplerHarness.bytes(1, 1, 0);
  private static final byte[] RARE = SamplerHarness.bytes(1, 1, 2);

  @Test
  void partitionAssignedWhileTheBrokerIsAwayIsTakenInHandWhenItAnswers() {
    try (SamplerRig rig = new SamplerRig(1, Map.of(), 90, 9, 1)) {
      rig.letGo(0);
      rig.consumer.commitSync(Map.of(rig.partition(0), new OffsetAndMetadata(7, "0")));
      rig.unanswered = 5;
      rig.loop.onPartitionsAssigned(List.of(rig.partition(0)));
      assertThat(rig.position(0)).isEqualTo(7);
    }
  }

  @Test
  void anEventWhoseSchemaCannotBeHadWaitsAndTheOtherPartitionsGoOn() throws Exception {
    Map<String, String> avro =
        Map.of("events.format", "avro", "events.schema.registry", "http://nowhere.example:1");
    String schema =
        "{'type': 'record', 'name': 'E', 'fields': [{'name': 'serial', 'type': 'float'}, {'name': 'x', 'type': 'float'}, {'name': 'label', 'type': 'string'}]}"
            .replace('\'', '"');
    AtomicBoolean away = new AtomicBoolean(true);
    try (SamplerRig rig = new SamplerRig(2, avro, 90, 9, 1)) {
      rig.schemas =
          id -> {
            if (away.get() && id.equals(new SchemaId.Number(2))) {
              throw new SchemaUnavailableException("away");
            }
            return new RegisteredSchema("AVRO", schema, Map.of());
          };
      rig.feed(0, 3, framed(1));
      rig.feed(0, 2, framed(2));
      rig.feed(0, 4, framed(1));
      rig.feed(1, 5, framed(1));

      assertThat(rig.gate.useEvents(5_000)).as("some are used").isTrue();
      assertThat(rig.position(0)).as("up to the first that waits").isEqualTo(3);
      assertThat(rig.position(1)).isEqualTo(5);
      assertThat(rig.gate.useEvents(5_000)).as("none is left that does not wait").isFalse();
      assertThat(rig.gate.passed()).isFalse();
      rig.commit();
      assertThat(sampled(rig)).isEqualTo(8);
      rig.feed(1, 1, framed(1));
      rig.gate.useEvents(5_000);
      assertThat(rig.position(1)).as("goes on polling").isEqualTo(6);

      away.set(false);
      rig.gate.useEvents(5_000);
      rig.commit();
      assertThat(rig.position(0)).isEqualTo(9);
      assertThat(sampled(rig)).as("each once").isEqualTo(15);
      assertThat(rig.count("dead.letters", "reason", "unknown_schema")).isZero();
    }
  }

  private static long sampled(SamplerRig rig) {
    return rig.committed().stream().mapToLong(batch -> batch.origin().events()).sum();
  }

  /** An event of the first class, as it stands behind the id of its schema. */
  private static byte[] framed(int id) {
    byte[] label = "common".getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(5 + 2 * Float.BYTES + 1 + label.length)
        .put((byte) 0)
        .putInt(id)
        .put(new byte[2 * Float.BYTES])
        .put((byte) (2 * label.length))
        .put(label)
        .array();
  }

  @Test
  void partitionsThatComeBringWhatOthersDrewOfThem() {
    List<MiniBatch> ofTheOther;
    try (SamplerRig other = new SamplerRig(2, Map.of(), 90, 9, 1)) {
      other.feed(1, 3, RARE);
      other.gate.useEvents(5_000);
      other.commit();
      ofTheOther = other.committed();
    }
    try (SamplerRig rig = new SamplerRig(2, Map.of(), 90, 9, 1)) {
      rig.letGo(1);
      rig.feed(0, 200, COMMON);
      rig.gate.useEvents(5_000);
      rig.commit();
      assertThat(drawsOfTheRareClass(rig)).isZero();

      rig.log.addAll(ofTheOther);
      rig.consumer.commitSync(Map.of(rig.partition(1), new OffsetAndMetadata(3, "0")));
      rig.loop.onPartitionsAssigned(List.of(rig.partition(1)));
      rig.feed(0, 200, COMMON);
      rig.gate.useEvents(5_000);
      rig.commit();
      assertThat(drawsOfTheRareClass(rig)).isPositive();
    }
  }

  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whatIsOpenIsCommittedBeforeThePartitionsThatComeAreTakenInHand() {
    try (SamplerRig rig = new SamplerRig(2, Map.of("events.recent.labels", "true"), 90, 9, 1)) {
      writeWithoutCommit(rig);
      rig.loop.onPartitionsAssigned(List.of(rig.partition(1)));

      assertThat(rig.committed()).isNotEmpty();
      assertThat(rig.position(0)).as("stays in hand").isEqualTo(20);
      assertThat(rig.position(1)).isEqualTo(3);
    }
  }

  @Test
  void whereWhatIsOpenCannotBeCommittedThePartitionsThatComeAreTakenInHandAllTheSame() {
    try (SamplerRig rig = new SamplerRig(2, Map.of(), 90, 9, 1)) {
      writeWithoutCommit(rig);
      rig.producer.commitTransactionException = new KafkaException("aborted");
      rig.loop.onPartitionsAssigned(List.of(rig.partition(1)));

      assertThat(rig.committed()).isEmpty();
      assertThat(rig.position(0)).as("as committed").isZero();
      assertThat(rig.position(1)).isEqualTo(3);
    }
  }

  /** Uses events of partition 0; partition 1 is with another instance, which got to offset 3. */
  private static void writeWithoutCommit(SamplerRig rig) {
    rig.letGo(1);
    rig.consumer.commitSync(
        Map.of(
            rig.partition(0), new OffsetAndMetadata(0, "0"),
            rig.partition(1), new OffsetAndMetadata(3, "0")));
    rig.feed(0, 20, COMMON);
    rig.gate.useEvents(5_000);
    rig.sampler.cutIfAny();
    rig.output.await();
    assertThat(rig.producer.transactionInFlight()).isTrue();
  }

  @Test
  void morePartitionsThanARecordHasRoomForAreRefusedBeforeAnyIsTaken() {
    Map<String, String> settings = Map.of("sampler.record.max.bytes", "16 KiB");
    try (SamplerRig rig = new SamplerRig(2, settings, 90, 9, 1)) {
      Set<Integer> come = IntStream.range(2, 130).boxed().collect(Collectors.toSet());
      assertThatThrownBy(() -> rig.gate.take(come))
          .isInstanceOf(FailureException.class)
          .hasMessageStartingWith("sampler.record.max.bytes=16384: ")
          .hasMessageContaining("with 130 partitions in hand (128 each)");
    }
  }

  @Test
  void snapshotGoneBackToIsNeverTakenToComeAfterALaterOne() {
    try (SamplerRig rig = new SamplerRig(1, Map.of("evaluation.share", "1"), 90, 9, 0)) {
      rig.letGo(0);
      rig.sampler.follow(new SnapshotFollower.SnapshotRecord(rig.snapshot(180, 18, 1), 5, 0));
      rig.consumer.commitSync(Map.of(rig.partition(0), new OffsetAndMetadata(7, "0")));
      TopicPartition log = rig.snapshots.assignment().iterator().next();
      rig.snapshots.updateEndOffsets(Map.of(log, 6L));
      // Read, and then no answer about what stands before it; asked again, there is one.
      rig.snapshots.schedulePollTask(
          () -> {
            addFirst(rig, log);
            rig.snapshots.setOffsetsException(new TimeoutException("away"));
          });
      rig.snapshots.schedulePollTask(() -> addFirst(rig, log));

      rig.loop.onPartitionsAssigned(List.of(rig.partition(0)));

      rig.take(0, 7);
      rig.feed(0, 20, COMMON);
      rig.gate.useEvents(5_000);
      rig.commit();
      assertThat(rig.committed()).isNotEmpty();
      for (MiniBatch record : rig.committed()) {
        assertThat(record.known().prior()).as("nothing stands before the first").containsOnly(0);
      }
    }
  }

  @Test
  void snapshotThatIsNoLaterThanTheOneBeforeItEndsTheRole() {
    try (SamplerRig rig = new SamplerRig(1, Map.of(), 90, 9, 1)) {
      TopicPartition log = rig.snapshots.assignment().iterator().next();
      rig.snapshots.updateEndOffsets(Map.of(log, 2L));
      Snapshot next = rig.snapshot(90, 9, 1);
      byte[] json = SnapshotJson.write(next.with(Snapshot.Offsets.NONE));
      rig.snapshots.addRecord(new ConsumerRecord<>(log.topic(), 0, 1, new byte[0], json));
      assertThatThrownBy(() -> rig.gate.followNext(Duration.ofSeconds(5)))
          .isInstanceOf(InvariantException.class)
          .hasMessageStartingWith("snapshot version 1: versions rise: expected above 1, found 1;");
    }
  }

  private static void addFirst(SamplerRig rig, TopicPartition log) {
    byte[] json = SnapshotJson.write(rig.snapshot(90, 9, 0));
    rig.snapshots.addRecord(new ConsumerRecord<>(log.topic(), 0, 0, new byte[0], json));
  }

  private static long drawsOfTheRareClass(SamplerRig rig) {
    return rig.committed().stream()
        .flatMapToLong(batch -> Arrays.stream(batch.draws().labels()))
        .filter(label -> label == 2)
        .count();
  }
}
