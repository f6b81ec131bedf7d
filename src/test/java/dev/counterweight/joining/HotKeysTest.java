package dev.counterweight.joining;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.joining.JoinRules.Conflict;
import dev.counterweight.joining.JoinRules.Scope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Thousands of events of one key within its wait: bytes read and written, not only what leaves. */
class HotKeysTest {
  private static final int EVENTS = 5_000;
  private static final int BODY = 1_000;
  private static final byte[] KEY = {1, 2};

  private final Counted rows = new Counted();
  private final SortedDues index = new SortedDues();
  private final List<Joined> written = new ArrayList<>();
  private final Totals totals = new Totals();

  private Join join(JoinRules rules) {
    return new Join(
        rules,
        rows,
        index,
        new Output() {
          @Override
          public void write(Joined joined) {
            assertThat(joined.event().body()).hasSize(BODY);
            written.add(joined);
          }

          @Override
          public void tell(Fact fact) {}
        },
        totals);
  }

  private void come(Join join, long t) {
    for (int i = 0; i < EVENTS; i++) {
      join.event(KEY, new HeldEvent(new Origin(0, i), i, new byte[BODY]), t);
    }
  }

  @ParameterizedTest
  @EnumSource(Conflict.class)
  void costAsManyBytesAnEventAsAnyOtherKey(Conflict conflict) {
    JoinRules rules = new JoinRules(10_000, 80, 0, 0, conflict, Scope.ALL);
    Join join = join(rules);
    come(join, JoinClock.UNKNOWN);
    for (int i = 0; i < 200; i++) {
      join.label(KEY, new Label(1, 20_000 + i), JoinClock.UNKNOWN); // belongs to none
    }
    for (long t = 10_000; t < 41_000; t += 10) {
      while (!join.advance(t, 3)) {
        assertThat(totals.waiting()).isPositive();
      }
    }
    assertThat(written).hasSize(EVENTS);
    assertThat(rows.size()).isZero();
    assertThat(index.size()).isZero();
    assertThat(rows.longest).isLessThan(BODY + JoinRules.MOST_LABELS * 13 + 100);
    assertThat(rows.bytes / EVENTS).isLessThan(40 * BODY);
  }

  @Test
  void allLeaveWithOneLabelAndAreCorrectedByAnother() {
    Join join = join(new JoinRules(10_000, 80, 10_000, 0, Conflict.FIRST, Scope.ALL));
    come(join, 0);
    join.label(KEY, new Label(1, 5_000), 0);
    assertThat(written).hasSize(EVENTS).allMatch(joined -> joined.label() == 1);
    join.label(KEY, new Label(2, 15_500), 0);
    assertThat(written).hasSize(2 * EVENTS);
    assertThat(written.subList(EVENTS, 2 * EVENTS)).allMatch(joined -> joined.replaces() == 1);
    join.advance(100_000, Integer.MAX_VALUE);
    assertThat(rows.size()).isZero();
  }

  @Test
  void aLabelOfTheLatestOnlyIsFoundItsEventWithoutLookingAtAll() {
    Join join = join(new JoinRules(10_000, 80, 0, 0, Conflict.FIRST, Scope.LATEST));
    come(join, 0);
    rows.bytes = 0;
    join.label(KEY, new Label(1, 2_500), 0);
    assertThat(written).hasSize(1);
    assertThat(written.get(0).event().timeMs()).isEqualTo(2_500);
    assertThat(rows.bytes).isLessThan(20 * BODY);
  }

  @Test
  void anEventWithALongBodyIsNotWrittenAgainWithEachLabel() {
    Join join = join(new JoinRules(10_000, 80, 0, 0, Conflict.LAST, Scope.ALL));
    join.event(KEY, new HeldEvent(new Origin(0, 0), 0, new byte[100_000]), 0);
    rows.bytes = 0;
    for (int i = 0; i < 60; i++) {
      join.label(KEY, new Label(1, i), 0);
    }
    assertThat(rows.bytes).isLessThan(100_000);
  }

  /** Rows that count the bytes that are read and written. */
  private static final class Counted implements Rows {
    private final SortedRows rows = new SortedRows();
    private long bytes;
    private int longest;

    @Override
    public byte @Nullable [] get(byte[] key) {
      byte[] value = rows.get(key);
      bytes += value == null ? 0 : value.length;
      return value;
    }

    @Override
    public void put(byte[] key, byte[] value) {
      bytes += value.length;
      longest = Math.max(longest, value.length);
      rows.put(key, value);
    }

    @Override
    public void delete(byte[] key) {
      rows.delete(key);
    }

    @Override
    public List<Row> range(byte[] from, byte[] to, int most) {
      List<Row> found = rows.range(from, to, most);
      found.forEach(row -> bytes += row.value().length);
      return found;
    }

    @Override
    public @Nullable Row last(byte[] from, byte[] to) {
      Row row = rows.last(from, to);
      bytes += row == null ? 0 : row.value().length;
      return row;
    }

    int size() {
      return rows.size();
    }
  }
}
