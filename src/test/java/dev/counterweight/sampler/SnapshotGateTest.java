package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SnapshotGateTest {
  private static final int WIDE = 10_000;
  private static final long BYTES_A_TRANSACTION = 24 << 20;

  @Test
  void turnEndsWhenAsMuchIsWrittenAsATransactionTakes() {
    String names = IntStream.range(0, WIDE).mapToObj(i -> "f" + i).collect(Collectors.joining(","));
    byte[] rare = ByteBuffer.allocate(4 * WIDE + 4).order(ByteOrder.LITTLE_ENDIAN).array();
    try (SamplerRig rig =
        new SamplerRig(2, Map.of("events.features", names), 4_000, 3_000, 3_000)) {
      rig.feed(0, 700, rare);
      rig.feed(1, 700, rare);
      long used = 0;
      int turns = 0;
      while (rig.gate.useEvents(5_000)) {
        rig.commit();
        long bytes = rig.producer.history().stream().mapToLong(r -> r.value().length).sum();
        assertThat(bytes).as("bytes of turn %d", turns).isBetween(1L, BYTES_A_TRANSACTION);
        used += rig.producer.history().size();
        rig.producer.clear();
        turns++;
      }
      assertThat(used).isPositive();
      assertThat(turns).isGreaterThan(3);
      assertThat(rig.position(0)).isEqualTo(700);
      assertThat(rig.position(1)).isEqualTo(700);
    }
  }

  @Test
  void turnEndsInTimeAndTheNextBeginsWithThePartitionsThatWereNotServed() {
    try (SamplerRig rig = new SamplerRig(3, Map.of(), 9_000, 900, 100)) {
      byte[] event = SamplerHarness.bytes(1, 1, 0);
      for (int p = 0; p < 3; p++) {
        rig.feed(p, 1_000, event);
      }
      rig.tickNs.set(60_000_000); // two looks, and the turn is over
      assertThat(rig.gate.useEvents(5_000)).isTrue();
      assertThat(rig.position(0)).isPositive();
      assertThat(rig.position(2)).isZero();
      rig.gate.useEvents(5_000);
      rig.gate.useEvents(5_000);
      assertThat(rig.position(2)).isPositive();
      assertThat(rig.position(0)).isLessThan(1_000);
    }
  }
}
