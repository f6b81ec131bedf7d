package dev.counterweight.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** By hand, and by scikit-learn where it has the figure. */
class JudgementTest {
  private static final double EXACT = 1e-9;

  @Test
  void figuresAreThoseOfTheBooks() {
    JudgedPayments payments = new JudgedPayments(4);
    payments.add(1, Pattern.NONE, 10, 0.1);
    payments.add(2, Pattern.NONE, 10, 0.4);
    payments.add(3, Pattern.STOLEN, 100, 0.35);
    payments.add(4, Pattern.RING, 20, 0.8);
    Judgement judged = Judgement.of(payments, 1);

    assertThat(judged.payments()).isEqualTo(4);
    assertThat(judged.frauds()).isEqualTo(2);
    // sklearn.metrics.average_precision_score and log_loss.
    assertThat(judged.prAuc().value()).isCloseTo(0.8333333333333333, within(EXACT));
    assertThat(judged.logLoss().value()).isCloseTo(0.472287953809, within(EXACT));
    // 1 % of four payments is a part of the first one.
    assertThat(judged.recallAt1().value()).isCloseTo(0.02, within(EXACT));
    assertThat(judged.recallAt5().value()).isCloseTo(0.1, within(EXACT));
    // Alerts where p x amount is above 5: the frauds alone, .35 x 100 and .8 x 20.
    assertThat(judged.saved().value()).isCloseTo(110, within(EXACT));
    // The larger probabilities are .9, .6, .65 and .8, each in a bin of its own; .65 is wrong.
    assertThat(judged.ece().value()).isCloseTo((0.1 + 0.4 + 0.65 + 0.2) / 4, within(EXACT));
    assertThat(judged.curve().get(9).precision().value()).isCloseTo(1, within(EXACT));
    assertThat(judged.curve().get(19).precision().value()).isCloseTo(2 / 3.0, within(EXACT));
  }

  @Test
  void alertsThatEndAmongEqualProbabilitiesTakeAPartOfThem() {
    JudgedPayments payments = new JudgedPayments(200);
    for (int i = 0; i < 200; i++) {
      payments.add(i, i % 50 == 0 ? Pattern.STOLEN : Pattern.NONE, 10, 0.5);
    }
    Judgement judged = Judgement.of(payments, 1);
    assertThat(judged.recallAt1().value()).isCloseTo(0.01, within(EXACT));
    assertThat(judged.recallAt5().value()).isCloseTo(0.05, within(EXACT));
    assertThat(judged.prAuc().value()).isCloseTo(0.02, within(EXACT));
  }

  @Test
  void anIntervalHoldsTheFigureAndNarrowsWithTheRows() {
    Estimate few = Judgement.of(noisy(500), 1).prAuc();
    Estimate many = Judgement.of(noisy(8_000), 1).prAuc();
    assertThat(few.low()).isLessThan(few.value());
    assertThat(few.high()).isGreaterThan(few.value());
    assertThat(many.high() - many.low()).isLessThan((few.high() - few.low()) / 2);
    assertThat(Judgement.of(noisy(500), 1)).isEqualTo(Judgement.of(noisy(500), 1));
  }

  @Test
  void whoServesTheBestHasAllOfItForSure() {
    JudgedPayments payments = noisy(500);
    Comparison comparison = Comparison.of(payments, payments, 3);
    assertThat(comparison.prAuc()).isEqualTo(new Estimate(1, 1, 1));
    assertThat(comparison.saved()).isEqualTo(new Estimate(1, 1, 1));
    assertThatThrownBy(() -> Comparison.of(payments, noisy(400), 3))
        .hasMessageContaining("500 payments beside 400");
  }

  @Test
  void nothingIsAShareOfWhatIsNotSavedAtBest() {
    JudgedPayments payments = new JudgedPayments(200);
    for (int i = 0; i < 200; i++) {
      payments.add(i, Pattern.NONE, 100, i == 7 ? 0.9 : 0.001);
    }
    // One alert, and a false one: it costs in every sample that has it, and saves in none.
    assertThat(Judgement.of(payments, 3).saved().value()).isEqualTo(-Judgement.ALERT_COST);
    Estimate saved = Comparison.of(payments, payments, 3).saved();
    assertThat(saved.known()).isFalse();
    assertThat(saved.low()).isNaN();
    assertThat(saved.high()).isNaN();
  }

  @Test
  void aSampleInWhichNothingCouldBeSavedIsLeftOutOfTheShare() {
    JudgedPayments best = new JudgedPayments(20);
    JudgedPayments payments = new JudgedPayments(20);
    for (int i = 0; i < 20; i++) {
      best.add(i, i == 7 ? Pattern.STOLEN : Pattern.NONE, 100, i > 5 && i < 8 ? 0.9 : 0.001);
      payments.add(i, i == 7 ? Pattern.STOLEN : Pattern.NONE, 100, i == 7 ? 0.9 : 0.001);
    }
    // A third of the samples is without the fraud, and has at best a false alert or none.
    Estimate saved = Comparison.of(payments, best, 3).saved();
    assertThat(saved.value()).isEqualTo(95 / 90.0);
    assertThat(saved.low()).isEqualTo(1);
    assertThat(saved.high()).isBetween(95 / 90.0, 2.0);
  }

  @Test
  void aDistanceIsToldWithoutAnInterval() {
    Estimate ece = Judgement.of(noisy(500), 1).ece();
    assertThat(ece.known()).isTrue();
    assertThat(ece.low()).isNaN();
    assertThat(ece.high()).isNaN();
  }

  @Test
  void ofVeryManyPaymentsThoseThatMatterLeastAreSampledTogetherToTheSameIntervals() {
    JudgedPayments many = rare(3 * Condensed.ALONE);
    Condensed rows = Condensed.of(many);
    assertThat(rows.rows().size()).isLessThan(Condensed.ALONE + 6_000);
    assertThat(Arrays.stream(rows.of()).sum()).isEqualTo(many.size());
    assertThat(rows.rows().frauds()).isEqualTo(many.frauds());
    double[] whole = new Figures(many).all();
    double[] near = new Figures(rows.rows()).all(rows.of());
    for (int figure = 0; figure < Figures.CURVE; figure++) {
      assertThat(near[figure]).isCloseTo(whole[figure], within(1e-3 * whole[figure]));
    }
    Judgement judged = Judgement.of(many, 1);
    assertThat(judged.logLoss().value()).isEqualTo(whole[Figures.LOG_LOSS]);
    assertThat(judged.prAuc().value()).isBetween(judged.prAuc().low(), judged.prAuc().high());
    // The standard error of a mean, by its rows.
    double error = (judged.logLoss().high() - judged.logLoss().low()) / (2 * 1.96);
    assertThat(error).isCloseTo(lossError(many), within(0.15 * lossError(many)));
  }

  @Test
  void aRowCountsAsOftenAsPoissonSays() {
    SplittableRandom random = new SplittableRandom(1);
    int[] counts = new int[6];
    double sum = 0;
    double squares = 0;
    for (int draw = 0; draw < 100_000; draw++) {
      counts[Math.min(5, Resamples.poisson(1, random.nextLong()))]++;
      double many = Resamples.poisson(400, random.nextLong());
      sum += many;
      squares += (many - 400) * (many - 400);
    }
    double chance = Math.exp(-1);
    for (int count = 0; count < 5; count++) {
      assertThat(counts[count] / 1e5).isCloseTo(chance, within(0.006));
      chance /= count + 1;
    }
    assertThat(sum / 1e5).isCloseTo(400, within(0.3));
    assertThat(squares / 1e5).isCloseTo(400, within(8.0));
  }

  @Test
  void withoutFraudThereIsNoRecallToTell() {
    JudgedPayments payments = new JudgedPayments(1);
    payments.add(1, Pattern.NONE, 10, 0);
    Judgement judged = Judgement.of(payments, 1);
    assertThat(judged.recallAt1().known()).isFalse();
    assertThat(judged.prAuc().known()).isFalse();
    assertThat(judged.logLoss().value()).isZero();
    assertThat(judged.reliability()).hasSize(1);
    assertThat(Judgement.of(new JudgedPayments(0), 1).logLoss().known()).isFalse();
  }

  @Test
  void barsTellTheShareOfFraudsWhereThereArePayments() {
    JudgedPayments payments = new JudgedPayments(100);
    for (int i = 0; i < 100; i++) {
      payments.add(i, i < 20 ? Pattern.STOLEN : Pattern.NONE, 10, 0.2);
    }
    Judgement.Bar bar = Judgement.of(payments, 1).reliability().get(0);
    assertThat(bar.payments()).isEqualTo(100);
    assertThat(bar.lower()).isEqualTo(0.1);
    // Wilson's, as statsmodels' proportion_confint(20, 100, method="wilson").
    assertThat(bar.frauds().low()).isCloseTo(0.1333669, within(1e-6));
    assertThat(bar.frauds().high()).isCloseTo(0.2888292, within(1e-6));
  }

  @Test
  void whatIsNotAProbabilityOrOutOfOrderIsRefused() {
    JudgedPayments payments = new JudgedPayments(2);
    payments.add(5, Pattern.NONE, 1, 0.5);
    assertThatThrownBy(() -> payments.add(6, Pattern.NONE, 1, Double.NaN))
        .hasMessageContaining("probability = NaN");
    assertThatThrownBy(() -> payments.add(4, Pattern.NONE, 1, 0.5))
        .hasMessageContaining("time = 4 after 5");
  }

  /** One fraud in a hundred, told well but not for sure. */
  private static JudgedPayments rare(int size) {
    SplittableRandom random = new SplittableRandom(7);
    JudgedPayments payments = new JudgedPayments(size);
    for (int i = 0; i < size; i++) {
      boolean fraud = random.nextDouble() < 0.01;
      double odds = -7 + random.nextGaussian() + (fraud ? 4 : 0);
      payments.add(i, fraud ? Pattern.RING : Pattern.NONE, 60, 1 / (1 + Math.exp(-odds)));
    }
    return payments;
  }

  private static double lossError(JudgedPayments payments) {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < payments.size(); i++) {
      double p = payments.probability(i);
      double loss = -Math.log(payments.fraud(i) ? p : 1 - p);
      sum += loss;
      squares += loss * loss;
    }
    double mean = sum / payments.size();
    return Math.sqrt((squares / payments.size() - mean * mean) / payments.size());
  }

  private static JudgedPayments noisy(int size) {
    SplittableRandom random = new SplittableRandom(size);
    JudgedPayments payments = new JudgedPayments(size);
    for (int i = 0; i < size; i++) {
      boolean fraud = random.nextDouble() < 0.1;
      double score = 1 / (1 + Math.exp(-random.nextGaussian() - (fraud ? 2 : 0)));
      payments.add(i, fraud ? Pattern.STOLEN : Pattern.NONE, 200, score);
    }
    return payments;
  }
}
