package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.demo.PaymentsPace.Seen;
import dev.counterweight.protocol.FailureException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaymentsPaceTest {
  private static final int PAYMENTS = 10_000;

  private long allowed;
  private final PaymentsPace pace = new PaymentsPace(PAYMENTS, 0, most -> allowed = most);

  @Test
  void aStreamWhoseReadersKeepUpGoesToItsEnd() {
    long published = 0;
    for (int turn = 0; turn < 100; turn++) {
      published = Math.min(PAYMENTS, allowed(seen(published, published, published, published)));
    }
    assertThat(published).isEqualTo(PAYMENTS);
  }

  @Test
  void aTrainerThatDoesNotMoveHoldsTheStreamThoughAllIsScored() {
    for (boolean natural : new boolean[] {true, false}) {
      long published = 0;
      for (int turn = 0; turn < 100; turn++) {
        long moves = published;
        published = allowed(seen(published, published, natural ? 0 : moves, natural ? moves : 0));
      }
      assertThat(published).isLessThanOrEqualTo(PAYMENTS / 4);
    }
  }

  @Test
  void aScorerThatDoesNotMoveHoldsTheStreamAfterItsFirstPart() {
    long published = 0;
    for (int turn = 0; turn < 100; turn++) {
      published = allowed(seen(published, 0, published, published));
    }
    assertThat(published).isEqualTo(PAYMENTS / 4);
  }

  @Test
  void aSmallStreamMayBeAheadByWhatReadersTakeAtOnce() {
    PaymentsPace small = new PaymentsPace(1_000, 0, most -> allowed = most);
    assertThat(small.advance(seen(300, 300, 0, 0), 0)).isFalse();
    assertThat(allowed).isEqualTo(300 + PaymentsPace.LEAST_AHEAD);
  }

  @Test
  void itIsOverOnceAllIsLearntAndNothingMovesAnyMore() {
    Seen all = seen(PAYMENTS, PAYMENTS, PAYMENTS, PAYMENTS);
    assertThat(pace.advance(all, 0)).isFalse();
    assertThat(pace.advance(all, seconds(4))).isTrue();
    Seen unlearnt = seen(PAYMENTS, PAYMENTS, PAYMENTS - 1, PAYMENTS);
    assertThat(pace.advance(unlearnt, seconds(5))).isFalse();
    assertThat(pace.advance(unlearnt, seconds(9))).isFalse();
    assertThat(pace.advance(unlearnt, seconds(26))).isTrue();
  }

  @Test
  void stepsOfTheNaturalJobAreMovementToo() {
    for (int step = 0; step < 10; step++) {
      Seen learning =
          new Seen(false, 600, new Seen.Job(600, 10, step), new Seen.Job(600, 600, 600), 600, 600);
      assertThat(pace.advance(learning, seconds(60L * step))).isFalse();
    }
  }

  @Test
  void whatStandsStillIsNamed() {
    assertThatStands(
        seen(600, 500, 600, 600), "of 600 payments natural scored 500, rebalanced 500");
    assertThatStands(seen(600, 600, 20, 600), "of 600 labels natural learnt 20, rebalanced 600");
    Seen.Job done = new Seen.Job(PAYMENTS, 70, 0);
    assertThatStands(
        new Seen(true, PAYMENTS, done, done, 9_000, 70),
        "all 10000 payments that came are scored, but their joiner has 9000");
  }

  private long allowed(Seen seen) {
    assertThat(pace.advance(seen, 0)).isFalse();
    return allowed;
  }

  private static void assertThatStands(Seen seen, String missing) {
    PaymentsPace pace = new PaymentsPace(PAYMENTS, 0, most -> {});
    assertThat(pace.advance(seen, 0)).isFalse();
    assertThatThrownBy(() -> pace.advance(seen, seconds(91)))
        .isInstanceOf(FailureException.class)
        .hasMessage("the jobs stand still: " + missing);
  }

  /** All that is published is joined and labelled. */
  private static Seen seen(long published, long scored, long natural, long rebalanced) {
    return new Seen(
        published == PAYMENTS,
        published,
        new Seen.Job(scored, natural, 0),
        new Seen.Job(scored, rebalanced, 0),
        published,
        published);
  }

  private static long seconds(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }
}
