package dev.counterweight.joining;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A join whose store forgets nothing but what is not in its bytes: it is made anew for each call.
 */
final class Joining implements Output {
  private final SortedRows rows = new SortedRows();
  private final SortedDues index = new SortedDues();
  private final List<String> written = new ArrayList<>();
  private final Map<String, List<Integer>> classes = new LinkedHashMap<>();
  private final Map<Fact, Integer> facts = new EnumMap<>(Fact.class);
  private JoinRules rules;
  private byte[] totals = new Totals().encode();
  private boolean anew = true;
  private @Nullable Join join;
  private @Nullable Totals kept;

  Joining(JoinRules rules) {
    this.rules = rules;
  }

  /** Keeps the join between calls. */
  Joining kept() {
    anew = false;
    return this;
  }

  /** Goes on with other rules over the same rows. */
  void configure(JoinRules other) {
    rules = other;
    join = null;
  }

  private Join join() {
    if (join == null || anew) {
      kept = Totals.decode(totals);
      join = new Join(rules, new Copied(rows), index, this, kept);
    }
    return join;
  }

  private void store() {
    totals = Objects.requireNonNull(kept).encode();
  }

  void event(String key, int partition, long offset, long timeMs, long t) {
    join()
        .event(
            bytes(key),
            new HeldEvent(new Origin(partition, offset), timeMs, body(partition, offset)),
            t);
    store();
  }

  void label(String key, int label, long timeMs, long t) {
    join().label(bytes(key), new Label(label, timeMs), t);
    store();
  }

  boolean advance(long t, int most) {
    boolean done = join().advance(t, most);
    store();
    return done;
  }

  void advance(long t) {
    assertThat(advance(t, Integer.MAX_VALUE)).isTrue();
  }

  boolean expireAll(int most) {
    boolean done = join().expireAll(most);
    store();
    return done;
  }

  long nextDueMs() {
    return join().nextDueMs().orElse(Long.MAX_VALUE);
  }

  Totals totals() {
    return Totals.decode(totals);
  }

  int rows() {
    return rows.size();
  }

  int entries() {
    return index.size();
  }

  @Override
  public void write(Joined joined) {
    Origin origin = joined.event().origin();
    assertThat(joined.event().body()).isEqualTo(body(origin.partition(), origin.offset()));
    written.add(JoinOracle.line(origin, joined.label(), joined.waitedMs(), joined.replaces()));
    List<Integer> before =
        classes.computeIfAbsent(origin.partition() + "@" + origin.offset(), o -> new ArrayList<>());
    assertThat(joined.replaces())
        .as("what %s replaces", origin)
        .isEqualTo(before.isEmpty() ? Joined.NOTHING : before.get(before.size() - 1));
    assertThat(joined.how() == Fact.CORRECTED).isEqualTo(!before.isEmpty());
    before.add(joined.label());
  }

  @Override
  public void tell(Fact fact) {
    facts.merge(fact, 1, Integer::sum);
  }

  /** A line a record that was written, in order. */
  List<String> written() {
    return written;
  }

  /** The classes that each event was written with, by its origin. */
  Map<String, List<Integer>> classes() {
    return classes;
  }

  int told(Fact... of) {
    int told = 0;
    for (Fact fact : of) {
      told += facts.getOrDefault(fact, 0);
    }
    return told;
  }

  Map<Fact, Integer> facts() {
    return facts;
  }

  /** Nothing is left, and each event and each label is told of once. */
  void assertEnded(int events, int labels) {
    assertThat(rows.size()).as("rows").isZero();
    assertThat(index.size()).as("entries of the index").isZero();
    assertThat(totals().waiting()).isZero();
    assertThat(totals().labels()).isZero();
    assertThat(totals().oldestMs()).isEqualTo(JoinClock.UNKNOWN);
    assertThat(told(Fact.MATCHED, Fact.EXPIRED, Fact.DROPPED)).isEqualTo(events);
    assertThat(classes).hasSize(told(Fact.MATCHED, Fact.EXPIRED));
    assertThat(told(Fact.CORRECTED)).isEqualTo(written.size() - classes.size());
    assertThat(
            told(
                Fact.USED,
                Fact.DUPLICATE,
                Fact.CONFLICT,
                Fact.LATE,
                Fact.UNMATCHED,
                Fact.OVERFLOWED))
        .isEqualTo(labels);
  }

  private static byte[] bytes(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] body(int partition, long offset) {
    return ByteBuffer.allocate(12).putInt(partition).putLong(offset).array();
  }

  /** Rows that nobody else writes to. */
  private record Copied(SortedRows rows) implements Rows {
    @Override
    public byte @Nullable [] get(byte[] key) {
      byte[] value = rows.get(key);
      return value == null ? null : value.clone();
    }

    @Override
    public void put(byte[] key, byte[] value) {
      rows.put(key.clone(), value.clone());
    }

    @Override
    public void delete(byte[] key) {
      rows.delete(key.clone());
    }

    @Override
    public List<Row> range(byte[] from, byte[] to, int most) {
      return rows.range(from, to, most);
    }

    @Override
    public @Nullable Row last(byte[] from, byte[] to) {
      return rows.last(from, to);
    }
  }
}
