package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.batch.RecentShares;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.RawEvent;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.sampler.Snapshots;
import dev.counterweight.weights.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What records tell of the labels before an event; the first fade tells the last label alone. */
class RecentLabelsToldTest {
  private static final byte[] GOOD = {1};
  private static final byte[] BAD = {};
  private static final int CLASSES = 4;

  private final List<MiniBatch> records = new ArrayList<>();
  private final List<EventRejectedException> rejected = new ArrayList<>();

  @Test
  void aRowTellsOfTheLabelsOfItsPartitionBeforeItself() {
    BatchBuilder builder = builder(CLASSES, 1 << 20, true);
    OpenSpan one = builder.open(1, 0, null);
    OpenSpan two = builder.open(2, 0, null);
    add(builder, one, 0, 3, GOOD);
    add(builder, two, 0, 1, GOOD);
    add(builder, one, 1, 2, GOOD);
    add(builder, two, 1, 0, GOOD);
    builder.cut();

    assertThat(before()).containsExactly("none", "none", "3", "1");
    assertThat(last(after(records.size() - 1, 1), 0)).isEqualTo("2");
    assertThat(last(after(records.size() - 1, 2), 0)).isEqualTo("0");
  }

  @Test
  void everyRecordGoesOnFromTheOneBefore() {
    BatchBuilder builder = builder(CLASSES, 1 << 20, true);
    OpenSpan span = builder.open(0, 0, null);
    for (int i = 0; i < 40; i++) {
      add(builder, span, i, i % CLASSES, GOOD);
      if (i % 7 == 0) {
        builder.cut();
      }
    }
    builder.cut();
    float[] left = after(records.size() - 1, 0);
    OpenSpan again = builder.open(0, 40, left);
    add(builder, again, 40, 0, GOOD);
    builder.cut();

    List<String> before = before();
    for (int i = 1; i < before.size(); i++) {
      assertThat(before.get(i)).isEqualTo(Integer.toString((i - 1) % CLASSES));
    }
    assertThat(records.get(records.size() - 1).recent().before()).isEqualTo(left);
  }

  @Test
  void aCorrectionIsNoNewLabelAndAnEventWithoutFeaturesIsOne() {
    BatchBuilder builder = builder(CLASSES, 1 << 20, true);
    OpenSpan span = builder.open(0, 0, null);
    add(builder, span, 0, 1, GOOD);
    builder.add(span, 1, new EventHead(2, 1000, 1).inPlaceOf(1), RawEvent.of(GOOD, 5));
    add(builder, span, 2, 0, GOOD);
    add(builder, span, 3, 3, BAD);
    add(builder, span, 4, 0, GOOD);
    builder.cut();

    assertThat(rejected).hasSize(1);
    assertThat(before()).containsExactly("none", "1", "3");
  }

  @Test
  void aRecordStaysWithinItsBytes() {
    int classes = 40;
    int maxBytes = 40_000;
    BatchBuilder builder = builder(classes, maxBytes, true);
    OpenSpan span = builder.open(0, 0, null);
    for (int p = 1; p < 20; p++) {
      builder.open(p, 0, null);
    }
    for (int i = 0; i < 400; i++) {
      add(builder, span, i, i % classes, GOOD);
    }
    builder.cut();

    assertThat(records.size()).isGreaterThan(5);
    for (MiniBatch record : records) {
      assertThat(MiniBatchFormat.write(record, 1).length).isLessThanOrEqualTo(maxBytes);
    }
  }

  @Test
  void partitionsWhoseSharesLeaveNoRoomForARowAreNotTakenInHand() {
    BatchBuilder builder = builder(1000, 900 << 10, true);
    builder.requireRoom(60);
    assertThatThrownBy(() -> builder.requireRoom(100))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("sampler.record.max.bytes=921600")
        .hasMessageContaining("100 partitions in hand (12128 each), 1 columns and 1000 classes")
        .hasMessageContaining("events.recent.labels=true");
    builder(1000, 900 << 10, false).requireRoom(100);
  }

  @Test
  void whatTheSharesOfARecordTakeIsCounted() {
    BatchBuilder builder = builder(CLASSES, 1 << 20, true);
    OpenSpan one = builder.open(1, 0, null);
    builder.open(2, 0, null);
    add(builder, one, 0, 3, GOOD);
    builder.cut();

    MiniBatch record = records.get(0);
    assertThat(record.evaluation().rows()).isEqualTo(1);
    assertThat(record.recent().bytes())
        .isEqualTo(RecentShares.bytes(CLASSES, 3))
        .isEqualTo(3 * 12 * CLASSES);
  }

  @Test
  void whereTheyAreNotToldThereAreNone() {
    BatchBuilder builder = builder(CLASSES, 1 << 20, false);
    add(builder, builder.open(0, 0, null), 0, 1, GOOD);
    builder.cut();

    assertThat(records).allMatch(record -> record.recent() == RecentShares.NONE);
  }

  /** Of each evaluation row the last label before it. */
  private List<String> before() {
    List<String> labels = new ArrayList<>();
    for (MiniBatch record : records) {
      for (int row = 0; row < record.evaluation().rows(); row++) {
        labels.add(last(record.recent().before(), row * RecentShares.FADES * CLASSES));
      }
    }
    return labels;
  }

  private float[] after(int record, int partition) {
    return Objects.requireNonNull(records.get(record).recent().after().get(partition));
  }

  private static String last(float[] shares, int at) {
    for (int c = 0; c < CLASSES; c++) {
      if (shares[at + c] == 1) {
        return Integer.toString(c);
      }
    }
    return "none";
  }

  private static void add(
      BatchBuilder builder, OpenSpan span, long offset, int label, byte[] value) {
    builder.add(span, offset, new EventHead(label, 1000 + offset, 1), RawEvent.of(value, 5));
  }

  private BatchBuilder builder(int classes, int maxBytes, boolean told) {
    FeaturesAlone decoder = (event, target, at) -> target[at] = FeaturesAlone.value(event)[0];
    BatchBuilder builder =
        new BatchBuilder(
            Snapshots.schema(1, classes),
            new BatchBuilder.Limits(256, 256, 4096, 1000, maxBytes),
            new HashRandom(11),
            new ReplayBuffer(classes, 1, 8),
            decoder,
            rejected::add,
            (record, events) -> records.add(record),
            true,
            told);
    double[] counts = new double[classes];
    Arrays.fill(counts, 100);
    Snapshot snapshot = Snapshots.balancedOf(counts);
    builder.plan(
        new SamplingPlan(
            snapshot,
            null,
            Snapshots.balanced(snapshot.counts().n()),
            SamplingPlanTest.hybrid(64, 0.5),
            2,
            1));
    return builder;
  }
}
