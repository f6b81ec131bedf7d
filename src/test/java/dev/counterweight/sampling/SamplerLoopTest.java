package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.batch.MiniBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
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
      assertThat(rig.sampler.position(0)).isEqualTo(7);
    }
  }

  @Test
  void partitionsThatComeBringWhatOthersDrewOfThem() {
    List<MiniBatch> ofTheOther;
    try (SamplerRig other = new SamplerRig(2, Map.of(), 90, 9, 1)) {
      other.feed(1, 3, RARE);
      other.lockstep.useEvents(5_000);
      other.commit();
      ofTheOther = other.committed();
    }
    try (SamplerRig rig = new SamplerRig(2, Map.of(), 90, 9, 1)) {
      rig.letGo(1);
      rig.feed(0, 200, COMMON);
      rig.lockstep.useEvents(5_000);
      rig.commit();
      assertThat(drawsOfTheRareClass(rig)).isZero();

      rig.log.addAll(ofTheOther);
      rig.consumer.commitSync(Map.of(rig.partition(1), new OffsetAndMetadata(3, "0")));
      rig.loop.onPartitionsAssigned(List.of(rig.partition(1)));
      rig.feed(0, 200, COMMON);
      rig.lockstep.useEvents(5_000);
      rig.commit();
      assertThat(drawsOfTheRareClass(rig)).isPositive();
    }
  }

  private static long drawsOfTheRareClass(SamplerRig rig) {
    return rig.committed().stream()
        .flatMapToLong(batch -> Arrays.stream(batch.draws().labels()))
        .filter(label -> label == 2)
        .count();
  }
}
