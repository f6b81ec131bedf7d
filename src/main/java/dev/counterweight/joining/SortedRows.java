package dev.counterweight.joining;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Rows in memory. Not thread-safe. */
public final class SortedRows implements Rows {
  private final NavigableMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);

  @Override
  public byte @Nullable [] get(byte[] key) {
    return rows.get(key);
  }

  @Override
  public void put(byte[] key, byte[] value) {
    rows.put(key, value);
  }

  @Override
  public void delete(byte[] key) {
    rows.remove(key);
  }

  @Override
  public List<Row> range(byte[] from, byte[] to, int most) {
    List<Row> found = new ArrayList<>();
    for (Map.Entry<byte[], byte[]> row : rows.subMap(from, true, to, true).entrySet()) {
      if (found.size() == most) {
        break;
      }
      found.add(new Row(row.getKey(), row.getValue()));
    }
    return found;
  }

  @Override
  public @Nullable Row last(byte[] from, byte[] to) {
    Map.Entry<byte[], byte[]> row = rows.subMap(from, true, to, true).lastEntry();
    return row == null ? null : new Row(row.getKey(), row.getValue());
  }

  /** Number of rows. */
  public int size() {
    return rows.size();
  }
}
