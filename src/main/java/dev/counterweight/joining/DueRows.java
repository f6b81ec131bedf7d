package dev.counterweight.joining;

import java.util.List;

/**
 * Which key's row is to be looked at when. An entry may be there more than once, or for nothing;
 * none is missing. Arrays are shared as those of {@link Rows}.
 */
public interface DueRows {
  /** One entry. */
  interface Due {
    long dueMs();

    byte[] keyRow();

    /** It was looked at, and is no more. */
    void done();
  }

  void put(long dueMs, byte[] keyRow);

  /**
   * The first entries from a time to another, both inclusive, ascending by time; those of one time
   * in any order.
   *
   * @param most how many at most
   */
  List<Due> first(long fromMs, long untilMs, int most);
}
