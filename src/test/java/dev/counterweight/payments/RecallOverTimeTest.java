package dev.counterweight.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RecallOverTimeTest {
  private static final PaymentsPlan PLAN = new PaymentsPlan(10_000, 1, 0, Duration.ofDays(100));
  private static final long DAY = Duration.ofDays(1).toMillis();

  @Test
  void fraudOfANewPatternIsBackOnceAWindowOfItIsFoundAsTheOthersWere() {
    JudgedPayments payments = payments(70);
    // Its frauds come one a day from day 55 on, and are found from day 70 on.
    Recovery recovery = Recovery.of(PLAN, payments, days(60, 66, 79, 80, 90));
    assertThat(recovery.before().value()).isEqualTo(1);
    // The first window of ten with nine found is that of days 69 to 78.
    assertThat(recovery.backMs()).hasValue(78 * DAY + 1);
    assertThat(recovery.labelled()).hasValue(2);
  }

  @Test
  void whatIsNeverFoundIsNeverBack() {
    Recovery recovery = Recovery.of(PLAN, payments(1_000), days(60));
    assertThat(recovery.labelled()).isEmpty();
    assertThat(recovery.backMs()).isEmpty();
  }

  @Test
  void recallOverTimeTellsPatternsApart() {
    RecallOverTime over = RecallOverTime.of(payments(70), 0, PLAN.endMs(), 10);
    assertThat(over.stretches()).hasSize(10);
    RecallOverTime.Stretch sixth = over.stretches().get(6);
    assertThat(sixth.known()).isEqualTo(new RecallOverTime.Found(1, 1));
    assertThat(sixth.newPattern()).isEqualTo(new RecallOverTime.Found(0, 10));
    assertThat(sixth.all()).isEqualTo(new RecallOverTime.Found(1, 11));
    assertThat(sixth.burst().recall().known()).isFalse();
    assertThat(over.stretches().get(8).newPattern()).isEqualTo(new RecallOverTime.Found(10, 10));
  }

  @Test
  void alertsThatEndAmongEqualProbabilitiesTakeAPartOfThem() {
    JudgedPayments payments = new JudgedPayments(200);
    for (int i = 0; i < 200; i++) {
      payments.add(i, i % 50 == 0 ? Pattern.STOLEN : Pattern.NONE, 10, i == 0 ? 0.9 : 0.5);
    }
    RecallOverTime.Found found = RecallOverTime.of(payments, 0, 200, 1).stretches().get(0).all();
    // Of two alerts one is sure, the other any of the 199, of which three are frauds.
    assertThat(found.hits()).isCloseTo(1 + 3 / 199.0, within(1e-12));
    assertThat(found.frauds()).isEqualTo(4);
  }

  /** 150 payments a day; an old fraud every tenth day, which is found, and a new one each day. */
  private static JudgedPayments payments(int foundFrom) {
    JudgedPayments payments = new JudgedPayments(100 * 152);
    for (int day = 0; day < 100; day++) {
      if (day % 10 == 0) {
        payments.add(day * DAY, Pattern.STOLEN, 10, 1);
      }
      if (day >= 55) {
        payments.add(day * DAY + 1, Pattern.NEW_PATTERN, 10, day >= foundFrom ? 0.9 : 0.01);
      }
      for (int i = 2; i < 152; i++) {
        payments.add(day * DAY + i, Pattern.NONE, 10, 0.02 + i / 1_000.0);
      }
    }
    return payments;
  }

  private static long[] days(long... days) {
    return java.util.Arrays.stream(days).map(day -> day * DAY).toArray();
  }
}
