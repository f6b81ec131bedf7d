package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

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
