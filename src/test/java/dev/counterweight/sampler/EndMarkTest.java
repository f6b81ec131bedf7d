package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.protocol.RunEnd;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import dev.counterweight.weights.Snapshot;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EndMarkTest {
  private static final long SNAPSHOTS_AT_START = 7;
  private static final RunEnd RUN =
      new RunEnd(new TreeMap<>(Map.of(0, 10L, 1, 0L)), SNAPSHOTS_AT_START);
  private static final long BEFORE = 6;

  private final EndMark end = new EndMark(true, RUN);

  @Test
  void markAtOrBeyondTheEndAtStartIsObeyed() {
    see(BEFORE, Map.of(0, 10L, 1, 3L));
    assertThat(end.isSet()).isTrue();
    assertThat(end.of(1)).isEqualTo(3);
    assertThat(end.limit(0, 12)).isEqualTo(10);
    assertThat(end.limit(0, 8)).isEqualTo(8);
  }

  @Test
  void markOfAnEarlierRunIsNotAndIsNotPassedOn() {
    SnapshotRecord used = see(BEFORE, Map.of(0, 9L, 1, 3L));
    assertThat(end.isSet()).isFalse();
    assertThat(end.limit(0, 12)).isEqualTo(12);
    assertThat(used.weights().offsets().end()).isEmpty();
    assertThat(used.weights().offsets().covered())
        .isEqualTo(Snapshots.balancedOf(5, 5).offsets().covered());
  }

  @Test
  void markOfACounterThatLookedBeforeTheLastEventsCameIsObeyed() {
    SnapshotRecord used = see(SNAPSHOTS_AT_START, Map.of(0, 9L));
    assertThat(end.of(0)).isEqualTo(9);
    assertThat(used.weights().offsets().end()).isEqualTo(Map.of(0, 9L));
  }

  @Test
  void goingBackToASnapshotWithoutMarkUnsetsIt() {
    see(BEFORE, Map.of(0, 10L, 1, 0L));
    see(BEFORE, Map.of());
    assertThat(end.isSet()).isFalse();
  }

  @Test
  void roleStartedWithoutTheFlagNeverStopsAndPassesTheMarkOn() {
    EndMark never = new EndMark(false, RUN);
    SnapshotRecord used = never.see(with(SNAPSHOTS_AT_START, Map.of(0, 10L, 1, 0L)));
    assertThat(never.isSet()).isFalse();
    assertThat(used.weights().offsets().end()).isNotEmpty();
  }

  private SnapshotRecord see(long offset, Map<Integer, Long> mark) {
    return end.see(with(offset, mark));
  }

  private static SnapshotRecord with(long offset, Map<Integer, Long> end) {
    Snapshot base = Snapshots.balancedOf(5, 5);
    return new SnapshotRecord(
        base.with(
            new Snapshot.Offsets(
                base.offsets().covered(), base.offsets().from(), new TreeMap<>(end))),
        offset,
        0);
  }
}
