package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.RawEvent;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.Span;
import dev.counterweight.sampler.Snapshots;
import dev.counterweight.weights.Snapshot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchBuilderTest {
  private static final BatchBuilder.Limits LIMITS =
      new BatchBuilder.Limits(256, 256, 4096, 1000, 1 << 20);
  private static final byte[] BAD = {};

  private final Map<Integer, OpenSpan> spans = new HashMap<>();
  private final List<MiniBatch> records = new ArrayList<>();
  private final List<EventRejectedException> rejected = new ArrayList<>();
  private boolean labelled;
  private boolean recentLabels;
  private ReplayBuffer memory = new ReplayBuffer(1, 1, 1);

  @Test
  void lossWeightPaidToEachClassIsWhatTheObjectiveAsks() {
    double[] counts = {97_000, 2_500, 500};
    Snapshot snapshot = Snapshots.of(counts, new double[] {1, 5, 40});
    SamplingPlan plan = plan(snapshot, 4, 0.5, 0.1);
    BatchBuilder builder = builder(3, 2, LIMITS, 512);
    builder.plan(plan);
    open(builder, 0, 0);
    int events = 100_000;
    feed(builder, 0, 0, shuffledLabels(events, 0.97, 0.025));
    builder.cut();

    double[] paid = new double[3];
    double[] drawn = new double[3];
    for (MiniBatch record : records) {
      for (int row = 0; row < record.draws().rows(); row++) {
        int label = (int) record.draws().labels()[row];
        paid[label] += record.draws().lossWeight()[row];
        drawn[label]++;
      }
    }
    double[] wanted = {0.97 * 1, 0.025 * 5, 0.005 * 40};
    double unit = (paid[0] + paid[1] + paid[2]) / (wanted[0] + wanted[1] + wanted[2]);
    for (int c = 0; c < 3; c++) {
      assertThat(paid[c]).isCloseTo(unit * wanted[c], within(0.03 * unit * wanted[c]));
      double expected = events * snapshot.priors()[c] * plan.uses()[c];
      assertThat(drawn[c]).isCloseTo(expected, within(0.03 * expected));
    }
    assertThat(drawn[0] + drawn[1] + drawn[2]).isCloseTo(4.0 * events, within(0.02 * events));
  }

  @Test
  void whatAClassPaysStaysExactWhileDrawsAnEventChange() {
    double[] counts = {97_000, 2_500, 500};
    Snapshot snapshot = Snapshots.of(counts, new double[] {1, 5, 40});
    BatchBuilder builder = builder(3, 2, LIMITS, 512);
    open(builder, 0, 0);
    int[] labels = shuffledLabels(100_000, 0.97, 0.025);
    double[] paid = new double[3];
    double[] rates = {4, 0.3, 2, 0.05, 1, 0.6, 3, 0.1, 0.2, 4};
    int at = 0;
    for (double rate : rates) {
      SamplingPlan plan = plan(snapshot, rate, 0.5, 0.1);
      builder.plan(plan);
      for (int i = 0; i < labels.length / rates.length; i++, at++) {
        add(builder, 0, at, labels[at], 1);
      }
      builder.cut();
      double scale = plan.lossWeight(0) * plan.uses(0);
      for (MiniBatch record : records) {
        for (int row = 0; row < record.draws().rows(); row++) {
          int label = (int) record.draws().labels()[row];
          float weight = record.draws().lossWeight()[row];
          assertThat(weight)
              .as("w / r of the plan in force")
              .isEqualTo((float) (scale * snapshot.weights()[label] / plan.uses(label)));
          paid[label] += weight / scale;
        }
      }
      records.clear();
    }
    assertThat(paid[0]).isCloseTo(97_000, within(0.05 * 97_000));
    assertThat(paid[1]).isCloseTo(5 * 2_500, within(0.05 * 5 * 2_500));
    assertThat(paid[2]).isCloseTo(40 * 500, within(0.05 * 40 * 500));
  }

  @Property(tries = 20)
  void sharesAndUsesStayWithinBinomialBounds(
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0.05, max = 6) double draws,
      @ForAll @DoubleRange(min = 0.05, max = 1) double arrivalShare) {
    records.clear();
    int events = 20_000;
    int[] labels = shuffledLabels(events, 0.9, 0.08);
    SamplingPlan plan = plan(Snapshots.balancedOf(18_000, 1_600, 400), draws, arrivalShare, 0.1);
    BatchBuilder builder = builder(3, 1, new BatchBuilder.Limits(1, 256, 4096, 1000, 1 << 20), 64);
    builder.plan(plan);
    long first = seed >>> 20;
    open(builder, 0, first);
    feed(builder, 0, first, labels);
    builder.cut();
    double[] fresh = new double[3];
    double[] all = new double[3];
    for (MiniBatch record : records) {
      for (int row = 0; row < record.draws().rows(); row++) {
        int label = (int) record.draws().labels()[row];
        all[label]++;
        fresh[label] += record.draws().fresh()[row];
      }
    }
    double[] n = {18_000, 1_600, 400};
    for (int c = 0; c < 3; c++) {
      double rate = plan.arrival(c);
      double part = rate - Math.floor(rate);
      double deviation = Math.sqrt(n[c] * part * (1 - part));
      // What an account still owes, and what it could not pay before the first of its class came.
      double owed = 1 + 16 + 0.02 * n[c] * plan.uses(c);
      assertThat(all[c]).isCloseTo(n[c] * plan.uses(c), within(5 * deviation + owed));
      double p = Math.min(1, rate);
      assertThat(fresh[c]).isCloseTo(n[c] * p, within(5 * Math.sqrt(n[c] * p * (1 - p)) + 1e-9));
    }
  }

  @Test
  void evaluationWeightsCountEveryClassWithoutBias() {
    BatchBuilder builder = builder(3, 1, LIMITS, 8);
    builder.plan(plan(Snapshots.balancedOf(97_000, 2_500, 500), 0.5, 1, 0.1));
    open(builder, 0, 0);
    int events = 100_000;
    feed(builder, 0, 0, shuffledLabels(events, 0.97, 0.025));
    builder.cut();
    double[] estimate = new double[3];
    int rows = 0;
    for (MiniBatch record : records) {
      for (int row = 0; row < record.evaluation().rows(); row++) {
        estimate[(int) record.evaluation().labels()[row]] += record.evaluation().weights()[row];
        rows++;
      }
    }
    assertThat(rows).isCloseTo(events / 10, within(events / 200));
    assertThat(estimate[0]).isCloseTo(97_000, within(4_000.0));
    assertThat(estimate[1]).isCloseTo(2_500, within(75.0));
    assertThat(estimate[2]).isCloseTo(500, within(1e-2));
  }

  @Test
  void longRunOfOneClassKeepsEveryOtherClassInTheBatches() {
    BatchBuilder builder = builder(3, 1, LIMITS, 16);
    builder.plan(plan(Snapshots.balancedOf(1000, 20, 5), 4, 0.5, 0.1));
    open(builder, 0, 0);
    add(builder, 0, 0, 1, 1);
    add(builder, 0, 1, 2, 1);
    records.clear();
    for (long offset = 2; offset < 100_002; offset++) {
      add(builder, 0, offset, 0, 1);
    }
    builder.cut();
    List<MiniBatch> whole = records.subList(1, records.size() - 1);
    assertThat(whole).hasSizeGreaterThan(1000);
    for (MiniBatch record : whole) {
      assertThat(record.draws().labels()).contains(0, 1, 2);
    }
  }

  @Property(tries = 50)
  void spansAreContiguousAndEveryEventIsFreshAtMostOnce(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int draws,
      @ForAll @IntRange(min = 1, max = 30) int events,
      @ForAll @IntRange(min = 0, max = 60) int rowsOfRoom) {
    records.clear();
    Random random = new Random(seed);
    int rowBytes = 4 * 5 + 25;
    int head = 4096 + Snapshots.schema(5, 4).quotedBytes() + 3 * 128 + 4 * 20;
    int maxBytes = head + rowBytes * (1 + rowsOfRoom);
    BatchBuilder builder =
        builder(4, 5, new BatchBuilder.Limits(draws, draws, events, 1000, maxBytes), 8);
    long[] next = {random.nextInt(100), 0, 5};
    for (int p = 0; p < 3; p++) {
      open(builder, p, next[p]);
    }
    long[] first = next.clone();
    Set<String> certain = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      if (i % 400 == 0) {
        double[] n = random.doubles(4).map(u -> Math.floor(200 * u * u)).toArray();
        n[0] += 1;
        SamplingPlan plan =
            new SamplingPlan(
                Snapshots.balancedOf(n),
                null,
                Snapshots.balanced(n),
                SamplingPlanTest.hybrid(12, random.nextDouble()),
                3,
                0.3);
        builder.plan(plan);
      }
      int p = random.nextInt(3);
      long offset = next[p] + random.nextInt(3);
      next[p] = offset + 1;
      switch (random.nextInt(8)) {
        case 0 -> builder.reject(Objects.requireNonNull(spans.get(p)), offset);
        case 1 -> add(builder, p, offset, random.nextInt(4), BAD);
        default -> {
          add(builder, p, offset, random.nextInt(4), 1);
          certain.add(p + ":" + offset);
        }
      }
    }
    builder.cut();

    Set<String> fresh = new HashSet<>();
    Map<String, Integer> evaluatedIn = new HashMap<>();
    long[] at = first;
    for (int i = 0; i < records.size(); i++) {
      MiniBatch record = records.get(i);
      assertThat(MiniBatchFormat.write(record, 5).length).isLessThanOrEqualTo(maxBytes);
      for (Map.Entry<Integer, Span> span : record.origin().spans().entrySet()) {
        assertThat(span.getValue().from()).isEqualTo(at[span.getKey()]);
        at[span.getKey()] = span.getValue().to();
      }
      for (int row = 0; row < record.evaluation().rows(); row++) {
        String id =
            id(record.evaluation().sourcePartition(), record.evaluation().sourceOffset(), row);
        assertThat(evaluatedIn.put(id, i)).isNull();
        assertThat(fresh).doesNotContain(id);
      }
      for (int row = 0; row < record.draws().rows(); row++) {
        String id = id(record.draws().sourcePartition(), record.draws().sourceOffset(), row);
        assertThat(certain).contains(id);
        if (record.draws().fresh()[row] != 0) {
          assertThat(fresh.add(id)).as("fresh twice: %s", id).isTrue();
        }
      }
    }
    assertThat(at).containsExactly(next);
  }

  @Test
  void everyEventOfWholeUsesIsDrawnForSureAsItArrives() {
    BatchBuilder builder =
        builder(
            new BatchBuilder.Limits(8, 8, 1 << 20, 1000, 1 << 24),
            64,
            plan(Snapshots.balancedOf(60, 60), 4, 0.5, 0.1));
    open(builder, 3, 1000);
    for (long offset = 1000; offset < 1120; offset++) {
      add(builder, 3, offset, (int) (offset % 2), 1);
    }
    builder.cut();
    Map<String, Integer> fresh = new HashMap<>();
    int rows = 0;
    for (MiniBatch record : records) {
      MiniBatch.Draws draws = record.draws();
      rows += draws.rows();
      for (int row = 0; row < draws.rows(); row++) {
        if (draws.fresh()[row] != 0) {
          fresh.merge(id(draws.sourcePartition(), draws.sourceOffset(), row), 1, Integer::sum);
          Span span = Objects.requireNonNull(record.origin().spans().get(3));
          assertThat(draws.sourceOffset()[row]).isBetween(span.from(), span.to() - 1);
        }
      }
    }
    assertThat(fresh).hasSize(120);
    assertThat(fresh.values()).containsOnly(1);
    // 2 draws an event on arrival, of which some 31 replays wait, and 2 by schedule.
    assertThat(rows).isBetween(480 - 40, 480 - 28);
  }

  @Test
  void replaysOfAnArrivalAreSpreadOverTheRecordsAfterIt() {
    BatchBuilder builder =
        builder(
            new BatchBuilder.Limits(32, 32, 4096, 1000, 1 << 20),
            64,
            plan(Snapshots.balancedOf(990, 10), 4, 1, 0.1));
    open(builder, 0, 1000);
    add(builder, 0, 1000, 1, 1);
    for (long offset = 1001; offset < 3000; offset++) {
      add(builder, 0, offset, 0, 1);
    }
    builder.cut();

    long ofRare = 0;
    for (MiniBatch record : records) {
      long rows = java.util.Arrays.stream(record.draws().labels()).sum();
      assertThat(rows).as("rows of one rare event in a record of 32").isLessThanOrEqualTo(12);
      ofRare += rows;
    }
    assertThat(ofRare).isBetween(63L, 64L);
  }

  @Test
  void noRecordCoversMoreEventsThanCameBeforeIt() {
    BatchBuilder builder = builder(LIMITS, 64, plan(Snapshots.balancedOf(900, 100), 4, 0.5, 0.1));
    open(builder, 0, 0);
    feed(builder, 0, 0, shuffledLabels(1000, 0.9, 0.1));
    List<Long> lengths =
        records.stream().map(r -> r.origin().spans().get(0)).map(s -> s.to() - s.from()).toList();
    assertThat(lengths).startsWith(1L, 1L, 2L, 4L, 8L, 16L, 32L);
    assertThat(lengths.subList(7, lengths.size())).allMatch(length -> length > 32);
    assertThat(records.subList(8, records.size())).allMatch(r -> r.draws().rows() >= 256);

    records.clear();
    open(builder, 3, 10);
    feed(builder, 3, 10, shuffledLabels(1000, 0.9, 0.1));
    // Only 10 events of this partition came before, but a thousand of the other.
    assertThat(records.get(1).origin().spans())
        .hasEntrySatisfying(3, span -> assertThat(span.to()).isGreaterThan(42));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 32",
    "49999, 49999, 32",
    "50000, 50000, 64",
    "100000, 100000, 96",
    "349999, 349999, 224",
    "350000, 350000, 256",
    "20000000, 20000000, 256",
    "20000000, 0, 32",
    "20000000, 50000, 64",
  })
  void recordsGrowByABatchWithEveryStretchOfEventsThatCameBefore(
      long position, long events, int draws) {
    BatchBuilder builder =
        builder(
            new BatchBuilder.Limits(32, 256, 4096, 1000, 1 << 20),
            64,
            plan(Snapshots.balancedOf(500, 500), 1, 1, 0.1));
    open(builder, 0, position);
    builder.cameBefore(events);
    feed(builder, 0, position, shuffledLabels(2000, 0.5, 0.5));

    // The first ones are short because little came before them.
    int at = events == 0 ? 7 : 0;
    assertThat(records.get(at).draws().rows()).isEqualTo(draws);
  }

  @Test
  void offsetsWithoutEventsMakeAYoungJobNoOlder() {
    BatchBuilder builder = builder(LIMITS, 64, plan(Snapshots.balancedOf(900, 100), 4, 0.5, 0.1));
    open(builder, 0, 0);
    int[] labels = shuffledLabels(200, 0.9, 0.1);
    for (int i = 0; i < labels.length; i++) {
      // Behind aborted transactions, one event to each of its own.
      add(builder, 0, 360_000 + 2L * i, labels[i], 1);
    }
    builder.cut();

    List<Long> events = records.stream().map(r -> r.origin().events()).toList();
    assertThat(events).startsWith(1L, 1L, 2L, 4L, 8L, 16L, 32L);
    assertThat(events.stream().mapToLong(n -> n).sum()).isEqualTo(200);
  }

  @Test
  void recordsWithoutAValueAndEventsRefusedAreNoEventsOfARecord() {
    BatchBuilder builder = builder(LIMITS, 64, plan(Snapshots.balancedOf(900, 100), 4, 0.5, 0.1));
    open(builder, 0, 0);
    for (int offset = 0; offset < 10; offset++) {
      builder.reject(Objects.requireNonNull(spans.get(0)), offset);
    }
    feed(builder, 0, 10, new int[60]);
    builder.cut();

    assertThat(records.stream().mapToLong(r -> r.origin().events()).sum()).isEqualTo(60);
  }

  @Test
  void noRecordHasMoreDrawsThanConfiguredHoweverLargeABatchIs() {
    BatchBuilder builder =
        builder(
            new BatchBuilder.Limits(1024, 256, 4096, 1000, 1 << 20),
            64,
            plan(Snapshots.balancedOf(500, 500), 1, 1, 0.1));
    open(builder, 0, 10_000);
    builder.cameBefore(10_000);
    feed(builder, 0, 10_000, shuffledLabels(2000, 0.5, 0.5));

    assertThat(records.get(0).draws().rows()).isEqualTo(256);
  }

  @Test
  void importanceMultipliesTheLossWeight() {
    double[] n = {50, 50};
    Snapshot snapshot = Snapshots.of(n, new double[] {100, 100}, new double[] {1, 1});
    BatchBuilder builder = builder(LIMITS, 4, plan(snapshot, 2, 1, 0.1));
    open(builder, 0, 10);
    builder.cameBefore(10);
    add(builder, 0, 10, 0, new EventHead(0, 5, 1), new byte[4]);
    builder.cut();
    add(builder, 0, 11, 1, new EventHead(1, 5, 3), new byte[4]);
    builder.cut();
    assertThat(records.get(0).draws().lossWeight()).containsOnly(0.5f);
    assertThat(records.get(1).draws().lossWeight()).containsOnly(1.5f);
  }

  @Test
  void scheduledDrawsPayTheMeanImportanceOfTheirClass() {
    double[] n = {50, 50};
    Snapshot snapshot = Snapshots.of(n, new double[] {50, 150}, new double[] {1, 1});
    SamplingPlan plan = plan(snapshot, 2, 0.5, 0.1);
    assertThat(plan.scheduledWeight(1)).isCloseTo(3 * plan.scheduledWeight(0), within(1e-12));
    assertThat(plan.scheduledWeight(0)).isEqualTo(plan.lossWeight(0));
  }

  @Test
  void emptyMemoryKeepsTheAccountUpToTheCap() {
    double[] n = {1000, 10};
    BatchBuilder builder =
        builder(
            new BatchBuilder.Limits(20, 20, 1 << 20, 1000, 1 << 24),
            4,
            plan(Snapshots.balancedOf(n), 4, 0.5, 0.1));
    open(builder, 0, 0);
    for (long offset = 0; offset < 1000; offset++) {
      add(builder, 0, offset, 0, 1);
    }
    records.clear();
    add(builder, 0, 1000, 1, 1);
    builder.cut();
    long ofRare = 0;
    for (MiniBatch record : records) {
      for (long label : record.draws().labels()) {
        ofRare += label;
      }
    }
    // The event itself, and 20 out of the account; the replays that it brings come later.
    assertThat(ofRare).isBetween(20L + 1, 20L + 2);
  }

  @Test
  void undecodableEventsMoveTheSpanAndAreNotUsed() {
    BatchBuilder builder =
        builder(
            new BatchBuilder.Limits(256, 256, 3, 1000, 1 << 20),
            4,
            plan(Snapshots.balancedOf(50, 50), 4, 1, 1));
    open(builder, 0, 10);
    builder.cameBefore(10);
    add(builder, 0, 10, 0, BAD);
    add(builder, 0, 11, 1, BAD);
    assertThat(records).isEmpty();
    builder.reject(Objects.requireNonNull(spans.get(0)), 12);
    assertThat(rejected).hasSize(2);
    MiniBatch record = records.get(0);
    assertThat(record.draws().rows() + record.evaluation().rows()).isZero();
    assertThat(record.origin().spans()).containsEntry(0, new Span(10, 13));
    assertThat(MiniBatchFormat.read(MiniBatchFormat.write(record, 1)).origin())
        .isEqualTo(record.origin());
  }

  @Test
  void partitionsWhoseRecordsHaveNoRoomForARowAreNotTakenInHand() {
    int least = 4096 + Snapshots.schema(100, 2).quotedBytes() + 2 * 128 + 2 * 20 + (4 * 100 + 25);
    BatchBuilder.Limits limits = new BatchBuilder.Limits(256, 256, 3, 1000, least);
    BatchBuilder builder = builder(2, 100, limits, 4);
    builder.plan(plan(Snapshots.balancedOf(50, 50), 4, 1, 1));
    open(builder, 0, 0);
    builder.open(1, 0, null);
    builder.open(1, 0, null);
    assertThatThrownBy(() -> builder.open(2, 0, null))
        .isInstanceOf(FailureException.class)
        .hasMessageStartingWith("sampler.record.max.bytes=%d: ".formatted(least))
        .hasMessageContaining(
            "takes %d bytes with 3 partitions in hand (128 each), 100 columns and 2 classes: "
                .formatted(least + 128));
    add(builder, 0, 0, 0, 1);
    assertThat(rejected).isEmpty();
  }

  @Test
  void progressWithoutEventsIsPassedOnAfterTheLingerTime() {
    BatchBuilder builder = builder(LIMITS, 4, plan(Snapshots.balancedOf(50, 50), 4, 1, 1));
    open(builder, 1, 5);
    assertThat(builder.due(0)).isFalse();
    Objects.requireNonNull(spans.get(1)).advance(9);
    Objects.requireNonNull(spans.get(1)).advance(7);
    assertThat(builder.due(100)).isFalse();
    assertThat(builder.due(1099)).isFalse();
    assertThat(builder.due(1100)).isTrue();
    builder.cut();
    assertThat(records.get(0).origin().spans()).containsExactly(Map.entry(1, new Span(5, 9)));
    assertThat(records.get(0).origin().eventTimeMinMs()).isEqualTo(Long.MAX_VALUE);
    assertThat(builder.due(9999)).isFalse();
  }

  @Test
  void sameEventsMakeTheSameBytes() {
    byte[][] written = new byte[2][];
    for (int run = 0; run < 2; run++) {
      records.clear();
      BatchBuilder builder = builder(LIMITS, 16, plan(Snapshots.balancedOf(900, 100), 4, 0.5, 0.1));
      open(builder, 0, 1000);
      builder.cameBefore(1000);
      feed(builder, 0, 1000, shuffledLabels(300, 0.9, 0.1));
      written[run] = MiniBatchFormat.write(records.get(0), 1);
    }
    assertThat(written[1]).isEqualTo(written[0]);
    long[] offsets = records.get(0).draws().sourceOffset();
    long[] sorted = offsets.clone();
    java.util.Arrays.sort(sorted);
    assertThat(offsets).isNotEqualTo(sorted);
  }

  @Test
  void eventBelowThePositionEndsTheRole() {
    BatchBuilder builder = builder(LIMITS, 4, plan(Snapshots.balancedOf(50, 50), 4, 1, 1));
    OpenSpan span = builder.open(2, 10, null);
    builder.add(span, 12, new EventHead(0, 5, 1), RawEvent.of(new byte[4], 5));
    for (long offset : new long[] {12, 3}) {
      assertThatThrownBy(
              () -> builder.add(span, offset, new EventHead(0, 5, 1), RawEvent.of(new byte[4], 5)))
          .isInstanceOf(InvariantException.class)
          .hasMessageStartingWith(
              "partition 2: events are used in the order of their offsets: expected an offset of at"
                  + " least 13, found %d;",
              offset);
    }
  }

  @Test
  void anEventOfNoClassEndsTheRole() {
    BatchBuilder builder = builder(LIMITS, 4, plan(Snapshots.balancedOf(50, 50), 4, 1, 1));
    OpenSpan span = builder.open(2, 10, null);
    for (int label : new int[] {-1, 2}) {
      EventHead head = new EventHead(label, 5, 1);
      assertThatThrownBy(() -> builder.add(span, 12, head, RawEvent.of(new byte[4], 5)))
          .isInstanceOf(InvariantException.class)
          .hasMessageStartingWith(
              "partition 2, offset 12: an event's label is the index of a class: expected 0 to 1,"
                  + " found %d;",
              label);
    }
    assertThat(span.position()).isEqualTo(10);
  }

  @Test
  void aCorrectionIsDrawnAsItsClassIsAndTellsWhatItReplaces() {
    labelled = true;
    BatchBuilder builder = builder(LIMITS, 64, plan(Snapshots.balancedOf(500, 500), 4, 0.5, 1));
    open(builder, 0, 0);
    for (int i = 0; i < 200; i++) {
      boolean correction = i % 10 == 9;
      EventHead head = new EventHead(i % 2, 1000 + i, 1);
      byte[] value = ByteBuffer.allocate(4).putInt(i).array();
      add(builder, 0, i, i % 2, correction ? head.inPlaceOf(0) : head, value);
    }
    builder.cut();

    int told = 0;
    for (MiniBatch record : records) {
      MiniBatch.Draws draws = record.draws();
      int[] replaces = Objects.requireNonNull(draws.replaces());
      assertThat(replaces).hasSize(draws.rows());
      for (int row = 0; row < draws.rows(); row++) {
        boolean correction = draws.sourceOffset()[row] % 10 == 9;
        assertThat(replaces[row]).as("fresh or not").isEqualTo(correction ? 0 : -1);
        told += correction ? 1 : 0;
      }
      for (long offset : record.evaluation().sourceOffset()) {
        assertThat(offset % 10).as("no correction is scored").isNotEqualTo(9);
      }
    }
    assertThat(told).isGreaterThan(20);
    assertThat(records.stream().mapToInt(record -> record.evaluation().rows()).sum())
        .isEqualTo(180);
  }

  /** Also where the correction itself is not drawn, as most of a frequent class are not. */
  @Test
  void anEventIsNotReplayedWithTheClassThatItHadBefore() {
    labelled = true;
    BatchBuilder builder = builder(LIMITS, 64, plan(Snapshots.balancedOf(990, 10), 0.5, 0.5, 0.1));
    open(builder, 0, 0);
    add(builder, 0, 0, 1, 7);
    add(builder, 0, 1, 1, 8);
    add(builder, 0, 2, 1, 7);
    builder.cut();
    assertThat(records.stream().mapToInt(record -> record.draws().rows()).sum()).isPositive();
    records.clear();

    EventHead head = new EventHead(0, 1000, 1).inPlaceOf(1);
    add(builder, 0, 3, 0, head, ByteBuffer.allocate(4).putInt(7).array());
    for (int i = 4; i < 4_000; i++) {
      add(builder, 0, i, 0, 1);
    }
    builder.cut();

    Map<Long, Integer> replayed = new HashMap<>();
    for (MiniBatch record : records) {
      for (int row = 0; row < record.draws().rows(); row++) {
        if (record.draws().labels()[row] == 1) {
          replayed.merge(record.draws().sourceOffset()[row], 1, Integer::sum);
        }
      }
    }
    assertThat(replayed.keySet()).as("of two alike one is left").containsExactlyInAnyOrder(1L, 2L);
  }

  @Test
  void aCorrectionThatCannotBeReadIsRejectedAndForgetsNothing() {
    labelled = true;
    BatchBuilder builder = builder(LIMITS, 64, plan(Snapshots.balancedOf(500, 500), 1, 1, 0.1));
    open(builder, 0, 0);
    add(builder, 0, 0, 1, 7);
    add(builder, 0, 1, 0, new EventHead(0, 1000, 1).inPlaceOf(1), BAD);
    builder.cut();

    assertThat(rejected).hasSize(1);
    assertThat(memory.size(1)).isEqualTo(1);
    assertThat(memory.size(0)).isZero();
  }

  /** Of two classes and one feature. */
  private BatchBuilder builder(BatchBuilder.Limits limits, int memory, SamplingPlan plan) {
    BatchBuilder builder = builder(2, 1, limits, memory);
    builder.plan(plan);
    return builder;
  }

  private BatchBuilder builder(int classes, int features, BatchBuilder.Limits limits, int memory) {
    FeaturesAlone decoder =
        (event, target, at) ->
            java.util.Arrays.fill(
                target, at, at + features, ByteBuffer.wrap(FeaturesAlone.value(event)).getInt());
    return new BatchBuilder(
        Snapshots.schema(features, classes),
        limits,
        new HashRandom(11),
        this.memory = new ReplayBuffer(classes, features, memory),
        decoder,
        rejected::add,
        (record, events) -> records.add(record),
        labelled,
        recentLabels);
  }

  private static SamplingPlan plan(
      Snapshot snapshot, double draws, double arrivalShare, double evaluationShare) {
    return new SamplingPlan(
        snapshot,
        null,
        Snapshots.balanced(snapshot.counts().n()),
        SamplingPlanTest.hybrid(64, arrivalShare),
        draws,
        evaluationShare);
  }

  private void open(BatchBuilder builder, int partition, long position) {
    spans.put(partition, builder.open(partition, position, null));
  }

  private void add(BatchBuilder builder, int partition, long offset, int label, int feature) {
    add(builder, partition, offset, label, ByteBuffer.allocate(4).putInt(feature).array());
  }

  private void add(BatchBuilder builder, int partition, long offset, int label, byte[] value) {
    add(builder, partition, offset, label, new EventHead(label, 1000 + offset, 1), value);
  }

  private void add(
      BatchBuilder builder, int partition, long offset, int label, EventHead head, byte[] value) {
    builder.add(Objects.requireNonNull(spans.get(partition)), offset, head, RawEvent.of(value, 5));
  }

  private void feed(BatchBuilder builder, int partition, long offset, int[] labels) {
    for (int i = 0; i < labels.length; i++) {
      add(builder, partition, offset + i, labels[i], 1);
    }
  }

  private static int[] shuffledLabels(int events, double first, double second) {
    int[] labels = new int[events];
    for (int i = 0; i < events; i++) {
      labels[i] = i < first * events ? 0 : i < Math.round((first + second) * events) ? 1 : 2;
    }
    Random random = new Random(3);
    for (int i = events - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int moved = labels[i];
      labels[i] = labels[j];
      labels[j] = moved;
    }
    return labels;
  }

  private static String id(int[] partitions, long[] offsets, int row) {
    return partitions[row] + ":" + offsets[row];
  }
}
