package dev.counterweight.streams;

import dev.counterweight.joining.DueRows;
import dev.counterweight.joining.Rows.Row;
import dev.counterweight.protocol.InvariantException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.utils.ByteUtils;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What is due, in pages: what a commit adds of one time is one row, or a few, and not one a key.
 * Pages that were read stay in memory until the next commit. Used by the task.
 *
 * <p>Bytes of a page's key, big-endian: the part of the store (1), time (8, the sign bit turned),
 * number (8), which no page of that time had before. Of a page: its keys, each behind its length as
 * an unsigned varint.
 */
final class DuePages implements DueRows {
  private static final int PAGE_BYTES = 4 << 10;
  private static final int KEY_BYTES = 1 + 2 * Long.BYTES;
  private static final int READ_AT_ONCE = 8;
  private static final long NOT_STORED = -1;

  private final byte part;
  private final PendingRows rows;
  private final NavigableMap<Long, List<Page>> pages = new TreeMap<>();
  private long nextNumber;
  private @Nullable Page newest;

  /** Keys that are due at one time. */
  private static final class Page {
    private final long dueMs;
    private final long number;
    private final List<byte @Nullable []> keys = new ArrayList<>();
    private int left;
    private boolean changed;

    Page(long dueMs, long number) {
      this.dueMs = dueMs;
      this.number = number;
    }

    void add(byte[] key) {
      keys.add(key);
      left++;
    }
  }

  private record Entry(Page page, int at, byte[] keyRow) implements Due {
    @Override
    public long dueMs() {
      return page.dueMs;
    }

    @Override
    public void done() {
      if (page.keys.set(at, null) != null) {
        page.left--;
        page.changed = true;
      }
    }
  }

  /**
   * @param nextNumber greater than that of every page that is stored
   */
  DuePages(byte part, PendingRows rows, long nextNumber) {
    this.part = part;
    this.rows = rows;
    this.nextNumber = nextNumber;
  }

  /** Greater than that of every page that is stored. */
  long nextNumber() {
    return nextNumber;
  }

  @Override
  public void put(long dueMs, byte[] keyRow) {
    Page page = newest;
    if (page == null || page.dueMs != dueMs) {
      page = unstored(dueMs);
      newest = page;
    }
    page.add(keyRow);
  }

  private Page unstored(long dueMs) {
    List<Page> there = pages.computeIfAbsent(dueMs, due -> new ArrayList<>(1));
    for (Page page : there) {
      if (page.number == NOT_STORED) {
        return page;
      }
    }
    Page page = new Page(dueMs, NOT_STORED);
    there.add(page);
    return page;
  }

  @Override
  public List<Due> first(long fromMs, long untilMs, int most) {
    long readMs = read(fromMs, untilMs, most);
    List<Due> first = new ArrayList<>();
    for (List<Page> due : pages.subMap(fromMs, true, readMs, true).values()) {
      for (Page page : due) {
        for (int i = 0; i < page.keys.size() && first.size() < most; i++) {
          byte @Nullable [] key = page.keys.get(i);
          if (key != null) {
            first.add(new Entry(page, i, key));
          }
        }
      }
      if (first.size() == most) {
        break;
      }
    }
    return first;
  }

  /** Reads pages until they have so many entries; says up to which time all are there. */
  private long read(long fromMs, long untilMs, int most) {
    Bytes from = key(fromMs, 0);
    Bytes to = key(untilMs, Long.MAX_VALUE);
    int entries = 0;
    while (true) {
      List<Row> found = rows.range(from, to, READ_AT_ONCE);
      for (Row row : found) {
        Page page = page(row);
        entries += page.left;
        if (entries >= most) {
          return page.dueMs;
        }
      }
      if (found.size() < READ_AT_ONCE) {
        return untilMs;
      }
      byte[] last = found.get(READ_AT_ONCE - 1).key();
      from = key(dueMs(last), number(last) + 1);
    }
  }

  private Page page(Row row) {
    long dueMs = dueMs(row.key());
    long number = number(row.key());
    List<Page> there = pages.computeIfAbsent(dueMs, due -> new ArrayList<>(1));
    for (Page page : there) {
      if (page.number == number) {
        return page;
      }
    }
    Page page = decoded(new Page(dueMs, number), row.value());
    there.add(page);
    return page;
  }

  /** Has the rows say what is due: to be called before they are written. */
  void store() {
    for (List<Page> due : pages.values()) {
      for (Page page : due) {
        if (page.number == NOT_STORED) {
          add(page);
        } else if (page.changed) {
          byte[] left = encoded(page, 0, page.keys.size());
          rows.put(key(page.dueMs, page.number), left.length == 0 ? null : left);
        }
      }
    }
    forget();
  }

  private void add(Page page) {
    int from = 0;
    int bytes = 0;
    for (int i = 0; i < page.keys.size(); i++) {
      byte @Nullable [] key = page.keys.get(i);
      bytes += key == null ? 0 : key.length + 1;
      if (bytes >= PAGE_BYTES || i == page.keys.size() - 1) {
        byte[] stored = encoded(page, from, i + 1);
        if (stored.length > 0) {
          rows.put(key(page.dueMs, nextNumber++), stored);
        }
        from = i + 1;
        bytes = 0;
      }
    }
  }

  /** Forgets what was not stored. */
  void forget() {
    pages.clear();
    newest = null;
  }

  private static byte[] encoded(Page page, int from, int to) {
    int size = 0;
    for (int i = from; i < to; i++) {
      byte @Nullable [] key = page.keys.get(i);
      size += key == null ? 0 : ByteUtils.sizeOfUnsignedVarint(key.length) + key.length;
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    for (int i = from; i < to; i++) {
      byte @Nullable [] key = page.keys.get(i);
      if (key != null) {
        ByteUtils.writeUnsignedVarint(key.length, out);
        out.put(key);
      }
    }
    return out.array();
  }

  private static Page decoded(Page page, byte[] value) {
    ByteBuffer in = ByteBuffer.wrap(value);
    try {
      while (in.hasRemaining()) {
        byte[] key = new byte[ByteUtils.readUnsignedVarint(in)];
        in.get(key);
        page.add(key);
      }
    } catch (BufferUnderflowException e) {
      throw new InvariantException("a page of what is due", "whole keys", value.length + " bytes");
    }
    return page;
  }

  private Bytes key(long dueMs, long number) {
    return Bytes.wrap(
        ByteBuffer.allocate(KEY_BYTES)
            .put(part)
            .putLong(dueMs ^ Long.MIN_VALUE)
            .putLong(number)
            .array());
  }

  private static long dueMs(byte[] key) {
    return ByteBuffer.wrap(key).getLong(1) ^ Long.MIN_VALUE;
  }

  private static long number(byte[] key) {
    return ByteBuffer.wrap(key).getLong(1 + Long.BYTES);
  }
}
