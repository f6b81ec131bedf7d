package dev.counterweight.profile;

import java.util.Map;
import java.util.TreeMap;

/**
 * How many different values were seen, and how many of them once, in bounded memory: the values
 * with the smallest hashes are kept, which are a fair sample of them all. Exact up to {@value
 * #KEPT}; beyond it within a few percent. Not thread-safe.
 */
final class Distinct {
  private static final int KEPT = 1024;
  private static final long OFFSET_BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  // By hash, as unsigned numbers.
  private final TreeMap<Long, int[]> kept = new TreeMap<>(Long::compareUnsigned);
  private long values;
  private boolean full;

  void add(String value) {
    values++;
    long hash = hash(value);
    int[] times = kept.get(hash);
    if (times != null) {
      times[0]++;
      return;
    }
    if (full && Long.compareUnsigned(hash, kept.lastKey()) > 0) {
      return;
    }
    kept.put(hash, new int[] {1});
    if (kept.size() > KEPT) {
      kept.pollLastEntry();
      full = true;
    }
  }

  /** Values added, repeats among them. */
  long values() {
    return values;
  }

  /** Whether {@link #count} is no estimate. */
  boolean exact() {
    return !full;
  }

  /** Different values. */
  long count() {
    if (!full) {
      return kept.size();
    }
    double share = (kept.lastKey() >>> 11) / (double) (1L << 53);
    return Math.min(values, Math.round((KEPT - 1) / share));
  }

  /**
   * Different values that there may be in all, those that no event of the sample had among them
   * (Chao1, bias-corrected).
   */
  long countWithUnseen() {
    double once = share(1) * count();
    double twice = share(2) * count();
    return Math.round(count() + once * Math.max(0, once - 1) / (2 * (twice + 1)));
  }

  private double share(int times) {
    long having =
        kept.entrySet().stream().map(Map.Entry::getValue).filter(t -> t[0] == times).count();
    return kept.isEmpty() ? 0 : (double) having / kept.size();
  }

  /** FNV-1a over the characters, finished as MurmurHash3 does, so that every bit is fair. */
  private static long hash(String value) {
    long hash = OFFSET_BASIS;
    for (int i = 0; i < value.length(); i++) {
      hash = (hash ^ value.charAt(i)) * PRIME;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }
}
