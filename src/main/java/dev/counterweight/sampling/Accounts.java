package dev.counterweight.sampling;

import java.util.Arrays;

/**
 * What the schedule owes to every class, in draws: each consumed event adds to all of them, whether
 * or not the class arrives. They are brought up to date when one may hold a whole draw that can be
 * paid, which is seldom, rather than at every event. Not thread-safe.
 */
final class Accounts {
  private final double[] draws;
  private final int cap;
  // Events not in the accounts yet, and up to how many of them owe no draw.
  private long unpaid;
  private long unpaidAtMost;

  /**
   * @param cap draws that an account holds at most
   */
  Accounts(int classCount, int cap) {
    this.draws = new double[classCount];
    this.cap = cap;
  }

  /** All start again at zero. */
  void clear() {
    Arrays.fill(draws, 0);
    unpaid = 0;
    unpaidAtMost = 0;
  }

  /**
   * Goes on with another plan. What an account holds is owed to a number of events: it becomes the
   * draws that these make under the new plan.
   */
  void replan(SamplingPlan before, SamplingPlan next) {
    settle(before);
    for (int label = 0; label < draws.length; label++) {
      double uses = before.uses(label);
      draws[label] = uses > 0 ? draws[label] * next.uses(label) / uses : 0;
    }
    unpaidAtMost = 0;
  }

  /** An account that could not be paid from now on can. */
  void payable() {
    unpaidAtMost = 0;
  }

  /** An event more; whether to look for whole draws to pay, and to {@link #settle} before. */
  boolean due() {
    return ++unpaid > unpaidAtMost;
  }

  /** Adds what the events since the last time owe. */
  void settle(SamplingPlan plan) {
    double[] schedule = plan.schedule();
    for (int label = 0; label < draws.length; label++) {
      draws[label] = Math.min(draws[label] + unpaid * schedule[label], cap);
    }
    unpaid = 0;
  }

  /** Takes the whole draws out of a settled account; 0 to {@code cap}. */
  int take(int label) {
    int whole = (int) draws[label];
    draws[label] -= whole;
    return whole;
  }

  /**
   * Once every settled account that can be paid is: until when there is nothing more to look for.
   */
  void rest(SamplingPlan plan, ClassMemory memory) {
    double[] schedule = plan.schedule();
    double events = Long.MAX_VALUE;
    for (int label = 0; label < draws.length; label++) {
      if (memory.size(label) > 0) {
        events = Math.min(events, Math.ceil((1 - draws[label]) / schedule[label]) - 1);
      }
    }
    unpaidAtMost = (long) events;
  }
}
