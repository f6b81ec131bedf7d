package dev.counterweight.live;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * For how long something has been so, as far as a process saw. Names are those of conditions, of
 * which there are few. Not thread-safe.
 */
final class Standing {
  /** A lag is one that grows after so long. */
  static final long GROWS_MS = 600_000;

  private static final long EVERY_MS = 10_000;
  private static final long LARGE = 1_000;

  private record Value(long value, long sinceMs) {}

  private record Lag(long timeMs, long records) {}

  private final Map<String, Long> conditions = new HashMap<>();
  private final Map<String, Value> values = new HashMap<>();
  private final Map<String, Deque<Lag>> lags = new HashMap<>();

  /** Since when a condition holds without a break; -1 if it does not. */
  long is(String name, boolean holds, long nowMs) {
    if (!holds) {
      conditions.remove(name);
      return -1;
    }
    return conditions.computeIfAbsent(name, key -> nowMs);
  }

  /** Forgets the conditions whose names begin like this and do not end in one of these. */
  void keepOnly(String beginning, Collection<String> ends) {
    conditions
        .keySet()
        .removeIf(
            name ->
                name.startsWith(beginning) && !ends.contains(name.substring(beginning.length())));
  }

  /** When a value was last another, or was first told. */
  long changed(String name, long value, long nowMs) {
    Value before = values.get(name);
    if (before == null || before.value() != value) {
      values.put(name, new Value(value, nowMs));
      return nowMs;
    }
    return before.sinceMs();
  }

  /**
   * Since when a lag has been large, if it has for ten minutes and is larger than it was then; else
   * -1.
   *
   * @param records -1 where it is not known
   */
  long grows(String name, long records, long nowMs) {
    if (records <= LARGE) {
      lags.remove(name);
      return -1;
    }
    Deque<Lag> seen = lags.computeIfAbsent(name, key -> new ArrayDeque<>());
    if (seen.isEmpty() || nowMs - seen.getLast().timeMs() >= EVERY_MS) {
      seen.addLast(new Lag(nowMs, records));
    }
    while (seen.size() > 1 && nowMs - seen.getFirst().timeMs() > GROWS_MS + EVERY_MS) {
      seen.removeFirst();
    }
    Lag first = seen.getFirst();
    return nowMs - first.timeMs() >= GROWS_MS && records > first.records() ? first.timeMs() : -1;
  }
}
