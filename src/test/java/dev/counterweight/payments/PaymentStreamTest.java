package dev.counterweight.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class PaymentStreamTest {
  private static final PaymentsPlan PLAN =
      PaymentsPlan.of(100_000, 1, Instant.parse("2026-01-05T00:00:00Z"));
  private static final List<Occurrence> ALL = all(PLAN);
  private static final List<Payment> PAYMENTS = of(Payment.class);
  private static final List<Payment> FRAUDS =
      PAYMENTS.stream().filter(payment -> payment.truth().fraud()).toList();

  @Test
  void aPlanSaysAllThatHappens() {
    PaymentsPlan other = new PaymentsPlan(3_000, 2, PLAN.startMs(), PLAN.span());
    PaymentsPlan same = new PaymentsPlan(3_000, 1, PLAN.startMs(), PLAN.span());
    assertThat(all(same)).isEqualTo(all(same)).isNotEqualTo(all(other));
  }

  @Test
  void aSeedIsOneStreamWheneverItIsMadeButForWholeWeeks() {
    Instant now = Instant.parse("2026-11-25T13:14:15Z");
    PaymentsPlan plan = PaymentsPlan.before(3_000, 1, now);
    PaymentsPlan later = PaymentsPlan.before(3_000, 1, now.plus(Duration.ofDays(13)));
    assertThat(Instant.ofEpochMilli(plan.endMs())).isEqualTo("2026-11-23T00:00:00Z");
    long shiftMs = later.startMs() - plan.startMs();
    assertThat(shiftMs).isEqualTo(Duration.ofDays(14).toMillis());
    List<Occurrence> all = all(plan);
    List<Occurrence> shifted = all(later);
    assertThat(shifted).hasSameSizeAs(all);
    for (int i = 0; i < all.size(); i++) {
      assertThat(shifted.get(i).timeMs() - all.get(i).timeMs()).isEqualTo(shiftMs);
      if (all.get(i) instanceof Payment before && shifted.get(i) instanceof Payment after) {
        assertThat(after.truth()).isEqualTo(before.truth());
        assertThat(after.amount()).isEqualTo(before.amount());
      }
    }
  }

  @Test
  void itHappensInOrderOfTimeWithinTheSpanAndEveryNumberIsGivenOnce() {
    long before = PLAN.startMs();
    long number = 0;
    for (Occurrence occurrence : ALL) {
      assertThat(occurrence.timeMs()).isBetween(before, PLAN.endMs() - 1);
      before = occurrence.timeMs();
      if (!(occurrence instanceof Chargeback)) {
        assertThat(number(occurrence)).isEqualTo(number++);
      }
    }
    assertThat(number).isEqualTo(PLAN.payments());
  }

  @Test
  void sharesAreThoseThatAreSaid() {
    assertThat(share(FRAUDS.size())).isCloseTo(Sources.FRAUDS, within(0.0005));
    assertThat(share(of(Broken.class).size())).isCloseTo(0.001, within(0.0003));
    assertThat(share(of(Tombstone.class).size())).isCloseTo(0.0005, within(0.0003));
    long without = PAYMENTS.stream().filter(payment -> payment.device() == null).count();
    assertThat(share(without)).isCloseTo(1 / 3.0, within(0.01));
    assertThat(PAYMENTS)
        .allMatch(payment -> (payment.device() == null) == (payment.deviceAgeDays() == null));
  }

  @Test
  void chargebacksAreDaysLateSomeNeverComeAndSomeAreTakenBack() {
    List<Double> delays = new ArrayList<>();
    Set<Long> backs = new HashSet<>();
    int takenBack = 0;
    Map<Long, Payment> payments = new HashMap<>();
    PAYMENTS.forEach(payment -> payments.put(payment.number(), payment));
    for (Chargeback told : of(Chargeback.class)) {
      Payment payment =
          Objects.requireNonNull(payments.get(told.payment()), "a chargeback of no payment");
      if (told.fraud()) {
        delays.add((told.timeMs() - payment.timeMs()) / (double) Duration.ofDays(1).toMillis());
        backs.add(told.payment());
      } else {
        takenBack++;
        assertThat(payment.truth().fraud()).isFalse();
        assertThat(backs).contains(told.payment());
      }
    }
    // Those of the last weeks may still come.
    List<Payment> old = FRAUDS.stream().filter(p -> p.timeMs() < PLAN.at(0.6)).toList();
    double never = old.stream().filter(p -> !backs.contains(p.number())).count();
    assertThat(never / old.size()).isCloseTo(0.15, within(0.08));
    delays.sort(null);
    assertThat(delays.get(delays.size() / 2)).isCloseTo(5, within(0.7));
    assertThat((double) takenBack / backs.size()).isBetween(0.003, 0.04);
  }

  @Test
  void whatIsKnownAtBestIsAProbabilityThatHolds() {
    double[] edges = {0, 0.001, 0.01, 0.1, 0.5, 0.8, 1};
    for (int bin = 0; bin + 1 < edges.length; bin++) {
      double low = edges[bin];
      double high = edges[bin + 1];
      List<Payment> in =
          PAYMENTS.stream()
              .filter(p -> p.truth().bayes() >= low && p.truth().bayes() <= high)
              .toList();
      double said = in.stream().mapToDouble(p -> p.truth().bayes()).sum();
      double frauds = in.stream().filter(p -> p.truth().fraud()).count();
      assertThat(frauds)
          .as("of %d payments from %f to %f", in.size(), low, high)
          .isCloseTo(said, within(3 + 4 * Math.sqrt(said)));
    }
  }

  @Test
  void nothingRanksPaymentsAsWellAsWhatIsKnownAtBest() {
    double best = prAuc(p -> p.truth().bayes());
    assertThat(best).isBetween(0.6, 0.9);
    List<ToDoubleFunction<Payment>> single =
        List.of(
            Payment::amount,
            Payment::lastHour,
            p -> p.deviceAgeDays() == null ? 0 : 1 / (1 + p.deviceAgeDays()),
            p -> shareOfFrauds(FRAUDS, Payment::category, p),
            p -> shareOfFrauds(FRAUDS, Payment::country, p),
            p -> Hours.relative(Hours.NIGHT, p.timeMs()));
    for (ToDoubleFunction<Payment> feature : single) {
      assertThat(prAuc(feature)).isLessThan(best / 2);
    }
  }

  @Test
  void aPatternBeginsAfterTheMiddleAndAnAttackLastsADay() {
    assertThat(times(Pattern.NEW_PATTERN)).isNotEmpty().allMatch(t -> t >= PLAN.newPatternMs());
    assertThat(times(Pattern.BURST))
        .isNotEmpty()
        .allMatch(t -> t >= PLAN.burstMs() && t < PLAN.burstEndMs());
  }

  @Test
  void theNewPatternComesAsAWaveAndStays() {
    long ebbMs = PLAN.newPatternMs() + PLAN.span().toMillis() / 7;
    long wave = times(Pattern.NEW_PATTERN).stream().filter(t -> t < ebbMs).count();
    long after = times(Pattern.NEW_PATTERN).size() - wave;
    assertThat(wave).isGreaterThan(30);
    assertThat(after).isGreaterThan(10);
    double days = Duration.ofMillis(PLAN.endMs() - ebbMs).toDays();
    assertThat(wave / 10.0).isGreaterThan(2 * after / days);
  }

  @Test
  void nobodyCanTellAllFraudFromWhatHonestPeopleDo() {
    List<Payment> vouchers =
        PAYMENTS.stream()
            .filter(p -> p.timeMs() >= PLAN.newPatternMs() && p.category().equals("gift_cards"))
            .filter(p -> p.country().equals("SE") || p.country().equals("CZ"))
            .toList();
    double frauds = vouchers.stream().filter(p -> p.truth().fraud()).count();
    assertThat(frauds / vouchers.size()).isBetween(0.3, 0.9);
    assertThat(vouchers).allMatch(p -> p.truth().bayes() < 0.9);
  }

  @Test
  void ringsReuseMerchants() {
    assertThat(atMerchantsOfMany(Pattern.RING)).isGreaterThan(0.3);
    assertThat(atMerchantsOfMany(Pattern.STOLEN)).isLessThan(0.2);
  }

  @Test
  void noRingHasAMerchantTwice() {
    Iterator<Integer> draws = List.of(4, 4, 2, 4, 2, 9, 1).iterator();
    assertThat(Sources.distinct(3, draws::next)).containsExactly(4, 2, 9);
  }

  @Test
  void whatIsToComeIsFarLessThanWhatCame() {
    PaymentStream stream = new PaymentStream(PLAN);
    int most = 0;
    while (stream.hasNext()) {
      stream.next();
      most = Math.max(most, stream.pending());
    }
    assertThat(most).isBetween(1, PLAN.payments() / 100);
    assertThatThrownBy(stream::next).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void aPlanSaysWhatItCannotBe() {
    assertThatThrownBy(() -> new PaymentsPlan(0, 1, 0, Duration.ofDays(70)))
        .hasMessage("payments = 0, must be from 1 to 5000000");
    assertThatThrownBy(() -> new PaymentsPlan(10, 1, 0, Duration.ofDays(1)))
        .hasMessageContaining("span = PT24H");
  }

  private static List<Occurrence> all(PaymentsPlan plan) {
    List<Occurrence> all = new ArrayList<>();
    new PaymentStream(plan).forEachRemaining(all::add);
    return all;
  }

  private static <T> List<T> of(Class<T> kind) {
    return ALL.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private static long number(Occurrence occurrence) {
    return occurrence instanceof Payment payment
        ? payment.number()
        : occurrence instanceof Broken broken
            ? broken.number()
            : ((Tombstone) occurrence).payment();
  }

  private static double share(long count) {
    return (double) count / PLAN.payments();
  }

  private static double prAuc(ToDoubleFunction<Payment> rank) {
    double most = PAYMENTS.stream().mapToDouble(rank).max().orElse(1);
    JudgedPayments judged = new JudgedPayments(PAYMENTS.size());
    for (Payment p : PAYMENTS) {
      judged.add(p.timeMs(), p.truth().pattern(), p.amount(), rank.applyAsDouble(p) / most);
    }
    return new Figures(judged).all()[Figures.PR_AUC];
  }

  private static double shareOfFrauds(
      List<Payment> frauds, java.util.function.Function<Payment, String> of, Payment payment) {
    String own = of.apply(payment);
    return (double) frauds.stream().filter(fraud -> of.apply(fraud).equals(own)).count();
  }

  private static List<Long> times(Pattern pattern) {
    return FRAUDS.stream()
        .filter(payment -> payment.truth().pattern() == pattern)
        .map(Payment::timeMs)
        .toList();
  }

  /** Share of a pattern's payments that are made with a merchant of at least four of them. */
  private static double atMerchantsOfMany(Pattern pattern) {
    Map<String, Integer> counts = new HashMap<>();
    FRAUDS.stream()
        .filter(payment -> payment.truth().pattern() == pattern)
        .forEach(payment -> counts.merge(payment.merchant(), 1, Integer::sum));
    int all = counts.values().stream().mapToInt(count -> count).sum();
    return counts.values().stream().filter(count -> count >= 4).mapToInt(count -> count).sum()
        / (double) all;
  }
}
