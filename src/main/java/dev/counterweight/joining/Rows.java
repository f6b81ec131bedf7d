package dev.counterweight.joining;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows in the order of their keys' bytes, unsigned. Arrays that are given and got are shared:
 * neither side writes to them. A range is a list and no iterator: nothing is changed while one is
 * open.
 */
public interface Rows {
  /** A row with its key. */
  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  record Row(byte[] key, byte[] value) {}

  byte @Nullable [] get(byte[] key);

  void put(byte[] key, byte[] value);

  void delete(byte[] key);

  /**
   * The first rows of a range, ascending.
   *
   * @param from inclusive
   * @param to inclusive
   * @param most how many at most
   */
  List<Row> range(byte[] from, byte[] to, int most);

  /** The last row of a range; both ends inclusive. */
  @Nullable Row last(byte[] from, byte[] to);
}
