package dev.counterweight.sampling;

import java.util.Arrays;

/**
 * Random decisions about events, as a function of (seed, purpose, partition, offset, index) alone:
 * a transaction that is tried again decides alike, on any instance and in any order.
 *
 * <p>Each input passes through a 64-bit finaliser (Stafford's variant 13 of MurmurHash3's, as in
 * Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014) before the next is
 * added, because offsets differ in few low bits and, behind transactional producers, step by two.
 * Immutable.
 */
public final class HashRandom {

  /** What a decision is for; decisions for different purposes are independent. */
  public enum Purpose {
    DRAW,
    EVALUATION,
    REPLAY,
    SHUFFLE
  }

  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
  private static final double UNIT = 0x1.0p-53;

  private final long[] purposeSeeds;

  public HashRandom(long seed) {
    Purpose[] purposes = Purpose.values();
    purposeSeeds = new long[purposes.length];
    for (Purpose purpose : purposes) {
      purposeSeeds[purpose.ordinal()] = finalise(seed + (purpose.ordinal() + 1) * GOLDEN_GAMMA);
    }
  }

  /** 64 well-mixed bits. */
  long bits(Purpose purpose, int partition, long offset, long index) {
    long hash = finalise(purposeSeeds[purpose.ordinal()] + (partition + 1L) * GOLDEN_GAMMA);
    hash = finalise(hash ^ finalise(offset + GOLDEN_GAMMA));
    return finalise(hash + index * GOLDEN_GAMMA);
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  double uniform(Purpose purpose, int partition, long offset, long index) {
    return (bits(purpose, partition, offset, index) >>> 11) * UNIT;
  }

  /** True with this probability: never at 0, always at 1. */
  public boolean happens(Purpose purpose, int partition, long offset, double probability) {
    return probability > 0
        && (probability >= 1 || uniform(purpose, partition, offset, 0) < probability);
  }

  /** Uniform in [0, bound), for a bound above 0. */
  int pick(Purpose purpose, int partition, long offset, long index, int bound) {
    return (int) (uniform(purpose, partition, offset, index) * bound);
  }

  /** A permutation of 0 to {@code n} - 1 (Fisher and Yates). */
  int[] permutation(Purpose purpose, int partition, long offset, int n) {
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    for (int i = n - 1; i > 0; i--) {
      int other = pick(purpose, partition, offset, i, i + 1);
      int moved = order[i];
      order[i] = order[other];
      order[other] = moved;
    }
    return order;
  }

  private static long finalise(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
