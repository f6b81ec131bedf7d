package dev.counterweight.demo;

import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.function.LongConsumer;

/**
 * How far a stream of payments may go on, and whether it is over, by what was seen of it: its
 * payments are scored, and its labels learnt, about when they come, else figures would be those of
 * this machine. Owned by the demo's thread.
 */
final class PaymentsPace {
  /** The stream may always be ahead by as much: who reads takes more than one record at a time. */
  static final long LEAST_AHEAD = 500;

  private static final long STALL_NS = Duration.ofSeconds(90).toNanos();

  /** Without a step for so long, all is learnt that there is. */
  private static final long REST_NS = Duration.ofSeconds(3).toNanos();

  /** Without a step for so long, there is nothing more to learn, whatever became of the rest. */
  private static final long LONG_REST_NS = Duration.ofSeconds(20).toNanos();

  /** A part of the stream, by which the publishing may be ahead of the scores. */
  private static final int AHEAD = 25;

  /** A part of the stream that is published before there is a model: what is judged comes later. */
  private static final int UNSCORED = 4;

  private final LongConsumer allow;
  private final long early;
  private final long ahead;
  private long moved = -1;
  private long movedNs;

  /**
   * What was seen of the stream.
   *
   * @param finished whether all is published
   * @param published payments
   * @param natural what the natural job did
   * @param rebalanced what the rebalanced one did
   * @param joined payments that wait for their label, or have one
   * @param labelled payments whose label was written
   */
  record Seen(
      boolean finished, long published, Job natural, Job rebalanced, long joined, long labelled) {
    /**
     * What a job did.
     *
     * @param scored payments
     * @param learnt labelled payments
     */
    record Job(long scored, long learnt, long steps) {
      private long sum() {
        return scored + learnt + steps;
      }
    }

    private long scored() {
      return Math.min(natural.scored, rebalanced.scored);
    }

    private long unlearnt() {
      return labelled - Math.min(natural.learnt, rebalanced.learnt);
    }

    private boolean answered() {
      return finished && scored() == published;
    }

    private long sum() {
      return published + natural.sum() + rebalanced.sum() + joined + labelled;
    }

    private String missing() {
      if (scored() < published) {
        return "of %d payments natural scored %d, rebalanced %d"
            .formatted(published, natural.scored, rebalanced.scored);
      }
      return unlearnt() > 0
          ? "of %d labels natural learnt %d, rebalanced %d"
              .formatted(labelled, natural.learnt, rebalanced.learnt)
          : "all %d payments that came are scored, but their joiner has %d"
              .formatted(published, joined);
    }
  }

  /**
   * Of a stream.
   *
   * @param payments that there are in it
   * @param allow hears how many payments may be published, from the first one on
   */
  PaymentsPace(int payments, long nowNs, LongConsumer allow) {
    this.allow = allow;
    this.early = payments / UNSCORED;
    this.ahead = Math.max(LEAST_AHEAD, payments / AHEAD);
    this.movedNs = nowNs;
  }

  /**
   * Allows the stream what it may, and says whether everything is scored, and what labels there are
   * is learnt: in one, so that nobody waits for the end of a stream that nothing holds.
   *
   * @throws FailureException if nothing moves
   */
  boolean advance(Seen seen, long nowNs) {
    allow.accept(seen.unlearnt() > ahead ? seen.published : Math.max(early, seen.scored() + ahead));
    if (seen.sum() != moved) {
      moved = seen.sum();
      movedNs = nowNs;
    }
    long still = nowNs - movedNs;
    if (seen.answered() && seen.joined >= seen.published) {
      return still > (seen.unlearnt() <= 0 ? REST_NS : LONG_REST_NS);
    }
    if (still > STALL_NS) {
      throw new FailureException("the jobs stand still: " + seen.missing());
    }
    return false;
  }
}
