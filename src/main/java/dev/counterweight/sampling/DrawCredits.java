package dev.counterweight.sampling;

import java.util.Arrays;

/**
 * What is owed to every class, in draws. The schedule adds to all of them with each consumed event,
 * whether or not the class arrives. What an arrival brings beyond the event itself is spread over
 * the events after it: at once, the replays of one rare event would fill whole batches, each a step
 * toward a single class.
 *
 * <p>Accounts are brought up to date when one may hold a whole draw that can be paid, rather than
 * at every event. Not thread-safe.
 */
final class DrawCredits {
  // Less than this is not worth spreading further.
  private static final double MIN_ARRIVED = 1e-3;

  private final double[] draws;
  private final double[] arrived;
  private final int cap;
  private final int spread;
  // Events not in the accounts yet, and up to how many of them owe no draw.
  private long unpaid;
  private long unpaidAtMost;

  /**
   * @param cap draws that the schedule fills an account with at most
   * @param spread what arrivals bring becomes payable over as many events as make so many draws:
   *     the same share of what is left at each, so half of it within 0.7 times as many
   */
  DrawCredits(int classCount, int cap, int spread) {
    this.draws = new double[classCount];
    this.arrived = new double[classCount];
    this.cap = cap;
    this.spread = spread;
  }

  /** All start again at zero. */
  void clear() {
    Arrays.fill(draws, 0);
    Arrays.fill(arrived, 0);
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
      double factor = uses > 0 ? next.uses(label) / uses : 0;
      draws[label] *= factor;
      arrived[label] *= factor;
    }
    unpaidAtMost = 0;
  }

  /** An account that could not be paid from now on can. */
  void payable() {
    unpaidAtMost = 0;
  }

  /** Owes an arrival's replays, payable from the event that comes next to {@link #due} on. */
  void arrived(SamplingPlan plan, int label, int replays) {
    settle(plan);
    arrived[label] += replays;
    unpaidAtMost = 0;
  }

  /** An event more; whether to look for whole draws to pay, and to {@link #settle} before. */
  boolean due() {
    return ++unpaid > unpaidAtMost;
  }

  /** Adds what the events since the last time owe. */
  void settle(SamplingPlan plan) {
    double[] schedule = plan.schedule();
    double share = Math.min(1, unpaid / spreadEvents(plan));
    for (int label = 0; label < draws.length; label++) {
      double most = Math.max(cap, draws[label]);
      draws[label] = Math.min(draws[label] + unpaid * schedule[label], most);
      double part = arrived[label] < MIN_ARRIVED ? arrived[label] : share * arrived[label];
      arrived[label] -= part;
      draws[label] += part;
    }
    unpaid = 0;
  }

  /** Takes the whole draws out of a settled account. */
  int take(int label) {
    int whole = (int) draws[label];
    draws[label] -= whole;
    return whole;
  }

  /**
   * Once every settled account that can be paid is: until when there is nothing more to look for.
   */
  void rest(SamplingPlan plan, ReplayBuffer memory) {
    double[] schedule = plan.schedule();
    double spreadEvents = spreadEvents(plan);
    double events = Long.MAX_VALUE;
    for (int label = 0; label < draws.length; label++) {
      if (memory.size(label) > 0) {
        double rate = schedule[label] + arrived[label] / spreadEvents;
        events = Math.min(events, Math.ceil((1 - draws[label]) / rate) - 1);
      }
    }
    unpaidAtMost = (long) events;
  }

  private double spreadEvents(SamplingPlan plan) {
    return Math.max(1, spread / plan.achievedDraws());
  }
}
