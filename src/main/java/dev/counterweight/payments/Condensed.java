package dev.counterweight.payments;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Judged payments as rows to sample: each its own, but of many those that matter least together. Of
 * what is no fraud, no alert and far from the highest probabilities, neighbours by probability are
 * one row that stands for all of them: sampling a million payments one by one would take minutes,
 * and tell nothing more. Immutable.
 *
 * @param rows the payments, then those that stand for several, which are of no pattern
 * @param ids of each row the payment's index, or one that no payment has
 * @param of how many payments each row stands for
 */
@SuppressWarnings("ArrayRecordComponent")
record Condensed(JudgedPayments rows, int[] ids, int[] of) {
  /** As many of the highest probabilities are rows of their own. */
  static final int ALONE = 100_000;

  private static final int TOGETHER = 1_000;

  static Condensed of(JudgedPayments payments) {
    int size = payments.size();
    if (size <= ALONE) {
      int[] once = new int[size];
      Arrays.fill(once, 1);
      return new Condensed(payments, IntStream.range(0, size).toArray(), once);
    }
    int[] order = payments.byProbability();
    boolean[] alone = new boolean[size];
    for (int rank = 0; rank < size; rank++) {
      int i = order[rank];
      alone[i] = rank < ALONE || payments.fraud(i) || payments.alert(i);
    }
    int[] own = IntStream.range(0, size).filter(i -> alone[i]).toArray();
    int[] far = Arrays.stream(order).filter(i -> !alone[i]).toArray();
    int blocks = Math.min(TOGETHER, far.length);
    JudgedPayments rows = new JudgedPayments(own.length + blocks);
    int[] ids = Arrays.copyOf(own, own.length + blocks);
    int[] of = new int[ids.length];
    for (int i : own) {
      rows.add(
          payments.timeMs(i), payments.pattern(i), payments.amount(i), payments.probability(i));
    }
    Arrays.fill(of, 0, own.length, 1);
    for (int block = 0; block < blocks; block++) {
      int from = (int) ((long) far.length * block / blocks);
      int to = (int) ((long) far.length * (block + 1) / blocks);
      double mean =
          Arrays.stream(far, from, to).mapToDouble(payments::probability).average().orElseThrow();
      rows.add(payments.timeMs(size - 1), Pattern.NONE, 0, mean);
      ids[own.length + block] = size + block;
      of[own.length + block] = to - from;
    }
    return new Condensed(rows, ids, of);
  }
}
