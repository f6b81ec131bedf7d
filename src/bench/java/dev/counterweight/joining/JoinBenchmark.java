package dev.counterweight.joining;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Nanoseconds that an event and its label take to be joined, and then to be let go of, over rows in
 * memory; and how often the store is asked for it. Run by hand: {@code JoinBenchmark
 * [events=1000000] [bytes=200] [rounds=5]}.
 */
final class JoinBenchmark {
  private static final long EVENT_MS = 1;
  private static final long LABEL_AFTER_MS = 30_000;
  private static final JoinRules RULES =
      new JoinRules(60_000, 10_000, 0, 0, JoinRules.Conflict.FIRST, JoinRules.Scope.ALL);

  /** More than the keys that are kept at a time. */
  private static final int SLOTS = 1 << 18;

  private JoinBenchmark() {}

  public static void main(String[] args) {
    int events = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    int bytes = args.length > 1 ? Integer.parseInt(args[1]) : 200;
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
    for (int round = 1; round <= rounds; round++) {
      System.out.println(round(events, bytes));
    }
  }

  private static String round(int events, int bytes) {
    Counted rows = new Counted();
    SortedDues index = new SortedDues();
    long[] written = {0};
    Totals totals = new Totals();
    Join join = new Join(RULES, rows, index, counting(written), totals);
    long begunNs = System.nanoTime();
    long encoded = 0;
    for (int i = 0; i < events + LABEL_AFTER_MS; i++) {
      long t = i * EVENT_MS;
      if (i < events) {
        join.event(key(i), new HeldEvent(new Origin(0, i), t, new byte[bytes]), t);
        encoded += totals.encode().length;
      }
      if (i >= LABEL_AFTER_MS) {
        join.label(key(i - LABEL_AFTER_MS), new Label(1, t), t);
        encoded += totals.encode().length;
      }
      if (i % 1000 == 0) {
        join.advance(t, Integer.MAX_VALUE);
      }
    }
    join.advance(Long.MAX_VALUE / 2, Integer.MAX_VALUE);
    double ns = (System.nanoTime() - begunNs) / (double) events;
    if (written[0] != events || rows.size() + index.size() > 0) {
      throw new IllegalStateException(written[0] + " of " + events + " events written");
    }
    return String.format(
        Locale.ROOT,
        "%,.0f ns an event and its label (%.0f bytes of totals); rows: %s",
        ns,
        encoded / (2.0 * events),
        rows.asked(events));
  }

  private static byte[] key(long i) {
    return ByteBuffer.allocate(Long.BYTES).putLong(i).array();
  }

  private static Output counting(long[] written) {
    return new Output() {
      @Override
      public void write(Joined joined) {
        written[0]++;
      }

      @Override
      public void tell(Fact fact) {}
    };
  }

  /** Rows that count what they are asked; in slots where no range is asked for. */
  private static final class Counted implements Rows {
    private final byte[] @Nullable [] slots = new byte[SLOTS][];
    private int used;
    private final SortedRows sorted = new SortedRows();
    private long gets;
    private long puts;
    private long deletes;
    private long ranges;

    @Override
    public byte @Nullable [] get(byte[] key) {
      gets++;
      return slots[slot(key)];
    }

    @Override
    public void put(byte[] key, byte[] value) {
      puts++;
      used += slots[slot(key)] == null ? 1 : 0;
      slots[slot(key)] = value;
    }

    @Override
    public void delete(byte[] key) {
      deletes++;
      used -= slots[slot(key)] == null ? 0 : 1;
      slots[slot(key)] = null;
    }

    @Override
    public List<Row> range(byte[] from, byte[] to, int most) {
      ranges++;
      return sorted.range(from, to, most);
    }

    @Override
    public @Nullable Row last(byte[] from, byte[] to) {
      ranges++;
      return sorted.last(from, to);
    }

    /** Keys are numbers here, behind their length. */
    private static int slot(byte[] key) {
      return (int) ByteBuffer.wrap(key).getLong(1) & (SLOTS - 1);
    }

    int size() {
      return used + sorted.size();
    }

    String asked(int events) {
      return String.format(
          Locale.ROOT,
          "%.2f gets, %.2f puts, %.2f deletes, %.3f ranges",
          gets / (double) events,
          puts / (double) events,
          deletes / (double) events,
          ranges / (double) events);
    }
  }
}
