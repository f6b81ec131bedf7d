package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.sampler.Snapshots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MemoryRefillTest {

  @Test
  void firstDrawsComeInOrderBehindEventsKnownFromReplaysAlone() {
    MemoryRefill refill = new MemoryRefill(Snapshots.schema(1, 1), 4);
    assertThat(refill.accept(batch(20, new long[] {2, 3, 12, 10}, new byte[] {0, 0, 1, 0})))
        .isTrue();
    assertThat(refill.accept(batch(12, new long[] {10, 3, 11}, new byte[] {1, 0, 1}))).isTrue();
    ReplayBuffer memory = new ReplayBuffer(1, 1, 4);
    refill.into(memory);
    assertThat(offsets(memory)).containsExactly(3L, 10L, 11L, 12L);
  }

  @Test
  void noMoreIsReadOnceEveryClassIsFull() {
    MemoryRefill refill = new MemoryRefill(Snapshots.schema(1, 1), 2);
    assertThat(refill.accept(batch(9, new long[] {7, 8}, new byte[] {1, 1}))).isFalse();
  }

  @Test
  void whatIsRememberedAndNotInTheLogYetIsNewestAndWhatIsOlderThanTheTailIsOldest() {
    ReplayBuffer memory = new ReplayBuffer(1, 1, 5);
    for (long offset : new long[] {1, 2, 11, 30, 31}) {
      memory.add(0, 0, offset, new float[] {offset}, 0, EventHead.NEW);
    }
    MemoryRefill refill = new MemoryRefill(Snapshots.schema(1, 1), 5);
    refill.accept(batch(20, new long[] {11, 15}, new byte[] {1, 1}));
    refill.into(memory);
    assertThat(offsets(memory)).containsExactly(2L, 11L, 15L, 30L, 31L);
    assertThat(memory.features(0)[memory.slot(0, 0)]).isEqualTo(2);
  }

  @Test
  void recordsOfAnotherSchemaArePassedOver() {
    MemoryRefill refill = new MemoryRefill(Snapshots.schema(2, 1), 4);
    refill.accept(batch(11, new long[] {10}, new byte[] {1}));
    ReplayBuffer memory = new ReplayBuffer(1, 2, 4);
    refill.into(memory);
    assertThat(memory.size(0)).isZero();
  }

  @Test
  void recordsWithColumnsInAnotherOrderArePassedOver() {
    Schema own = Schema.ofNumbers(List.of("f", "g"), "y", List.of("c0"));
    Schema other = Schema.ofNumbers(List.of("g", "f"), "y", List.of("c0"));
    for (Schema told : List.of(other, own)) {
      MemoryRefill refill = new MemoryRefill(own, 4);
      refill.accept(batch(11, new long[] {10}, new byte[] {1}, new float[] {1, 2}, told));
      ReplayBuffer memory = new ReplayBuffer(1, 2, 4);
      refill.into(memory);
      assertThat(memory.size(0)).isEqualTo(told.equals(own) ? 1 : 0);
    }
  }

  /** A million rows into a memory of 100,000: looked for one by one, they would take minutes. */
  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void timeItTakesIsLinearInTheRows() {
    int capacity = 100_000;
    MemoryRefill refill = new MemoryRefill(Snapshots.schema(1, 1), capacity);
    long startNs = System.nanoTime();
    for (long first = 1_000_000; first > 0; first -= 1000) {
      byte[] fresh = new byte[1000];
      refill.accept(batch(first, LongStream.range(first - 1000, first).toArray(), fresh));
    }
    ReplayBuffer memory = new ReplayBuffer(1, 1, capacity);
    refill.into(memory);
    assertThat(memory.size(0)).isEqualTo(capacity);
    assertThat(Duration.ofNanos(System.nanoTime() - startNs)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void whatCameAgainWithAnotherClassIsRememberedByTheLastAlone() {
    MemoryRefill refill = new MemoryRefill(Snapshots.schema(1, 2), 8);
    // Newest first: 7 is as 1, 5 and 6 were; 4 is alike, and never corrected.
    refill.accept(corrected(new long[] {7, 6, 6}, new long[] {1, 0, 0}, new int[] {0, 1, 1}));
    refill.accept(corrected(new long[] {5, 4, 1}, new long[] {1, 1, 0}, new int[] {0, -1, -1}));
    refill.accept(corrected(new long[] {1, 3}, new long[] {0, 0}, new int[] {-1, -1}));
    ReplayBuffer memory = new ReplayBuffer(2, 1, 8);

    refill.into(memory);

    assertThat(offsets(memory)).as("3 alone is still of class 0").containsExactly(3L);
    assertThat(offsets(memory, 1)).containsExactly(4L, 7L);
    assertThat(memory.replaces(1, memory.slot(1, 1))).isZero();
    assertThat(memory.replaces(1, memory.slot(1, 0))).isEqualTo(-1);
  }

  /** Drawn for the first time at offsets; 1, 5, 6 and 7 have the same features. */
  private static MiniBatch corrected(long[] offsets, long[] labels, int[] replaces) {
    int n = offsets.length;
    float[] features = new float[n];
    byte[] fresh = new byte[n];
    for (int i = 0; i < n; i++) {
      features[i] = offsets[i] == 3 || offsets[i] == 4 ? offsets[i] : 1;
      fresh[i] = 1;
    }
    return Batches.replacing(
        batch(8, labels, offsets, fresh, features, Snapshots.schema(1, 2)), replaces);
  }

  private static List<Long> offsets(ReplayBuffer memory) {
    return offsets(memory, 0);
  }

  private static List<Long> offsets(ReplayBuffer memory, int label) {
    List<Long> offsets = new ArrayList<>();
    for (int age = 0; age < memory.size(label); age++) {
      offsets.add(memory.offset(label, memory.slot(label, age)));
    }
    return offsets;
  }

  private static MiniBatch batch(long to, long[] offsets, byte[] fresh) {
    int n = offsets.length;
    float[] features = new float[n];
    for (int i = 0; i < n; i++) {
      features[i] = offsets[i];
    }
    return batch(to, offsets, fresh, features, null);
  }

  private static MiniBatch batch(
      long to, long[] offsets, byte[] fresh, float[] features, @Nullable Schema schema) {
    return batch(to, new long[offsets.length], offsets, fresh, features, schema);
  }

  private static MiniBatch batch(
      long to,
      long[] labels,
      long[] offsets,
      byte[] fresh,
      float[] features,
      @Nullable Schema schema) {
    int n = offsets.length;
    return new MiniBatch(
        new MiniBatch.Draws(features, labels, new float[n], new int[n], offsets, fresh),
        Batches.NO_ROWS,
        MiniBatch.Known.nothing(1),
        new float[1],
        new float[1],
        new float[1],
        new MiniBatch.Origin(
            "fraud",
            1,
            new TreeMap<>(Map.of(0, new Span(0, to))),
            new TreeMap<>(),
            0,
            0,
            new StreamIdentity("c", "t"),
            schema));
  }
}
