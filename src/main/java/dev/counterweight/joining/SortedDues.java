package dev.counterweight.joining;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** What is due, in memory. Not thread-safe. */
public final class SortedDues implements DueRows {
  private static final byte[] NONE = {};

  private final NavigableSet<Entry> entries =
      new TreeSet<>(
          Comparator.comparingLong(Entry::dueMs)
              .thenComparing(Entry::keyRow, Arrays::compareUnsigned));

  private final class Entry implements Due {
    private final long dueMs;
    private final byte[] keyRow;

    Entry(long dueMs, byte[] keyRow) {
      this.dueMs = dueMs;
      this.keyRow = keyRow;
    }

    @Override
    public long dueMs() {
      return dueMs;
    }

    @Override
    public byte[] keyRow() {
      return keyRow;
    }

    @Override
    public void done() {
      entries.remove(this);
    }
  }

  @Override
  public void put(long dueMs, byte[] keyRow) {
    entries.add(new Entry(dueMs, keyRow));
  }

  @Override
  public List<Due> first(long fromMs, long untilMs, int most) {
    List<Due> first = new ArrayList<>();
    for (Entry entry : entries.tailSet(new Entry(fromMs, NONE), true)) {
      if (first.size() == most || entry.dueMs > untilMs) {
        break;
      }
      first.add(entry);
    }
    return first;
  }

  /** Number of entries. */
  public int size() {
    return entries.size();
  }
}
