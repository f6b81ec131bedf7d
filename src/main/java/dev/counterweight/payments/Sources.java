package dev.counterweight.payments;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;

/**
 * All sources of a plan's payments, and their densities. Owned by its stream.
 *
 * <p>Choices:
 *
 * <ul>
 *   <li>What thieves do, some honest people do, too: tourists buy dear things abroad by night, on a
 *       new phone; givers send vouchers to another country. They have the very features of one kind
 *       of fraud each, so that nobody can find all fraud without some of them: this, and not what
 *       is hard to learn, is what keeps the best possible below 1.
 *   <li>Rings and machines pay again and again within the hour, which no honest card does: whoever
 *       has seen fraud knows it without having seen this ring or this attack.
 *   <li>Rings live for half of the time, and two of them at once: labels come days later, and what
 *       is over by then teaches nothing. Their merchants and devices are worth a little more to who
 *       knows them.
 *   <li>The new pattern shares nothing with the old ones, neither country nor category nor amount:
 *       it must be learnt from its own labels.
 *   <li>Which countries and categories thieves like has no meaning, and is alike for all seeds.
 * </ul>
 */
final class Sources {
  /** Share of frauds among the payments of ten weeks. */
  static final double FRAUDS = 0.004;

  private static final double STOLEN = 0.0020;
  private static final double RINGS = 0.0013;
  private static final double NEW_PATTERN = 0.0013;
  private static final double BURST = 0.012;

  /** How much later each ring begins than the one before, as a share of the span. */
  private static final double RING_STEP = 0.25;

  private static final double RING_LIFE = 0.5;
  private static final int RING_MERCHANTS = 4;
  private static final int RING_DEVICES = 3;

  private final List<Source> all = new ArrayList<>();
  private final double[] weights;

  Sources(PaymentsPlan plan, SplittableRandom random) {
    all.add(honest());
    all.add(tourists());
    all.add(givers());
    all.add(stolen(plan));
    for (double at = -RING_STEP; at < 1; at += RING_STEP) {
      all.add(ring(plan.at(at), plan.at(at + RING_LIFE), random));
    }
    all.add(newPattern(plan));
    all.add(burst(plan));
    this.weights = new double[all.size()];
  }

  /** Draws a payment and weighs what is known of it. */
  Payment payment(long number, long timeMs, SplittableRandom random) {
    weights[0] = 1;
    for (int s = 1; s < weights.length; s++) {
      weights[s] = all.get(s).rate(timeMs);
      weights[0] -= weights[s];
    }
    Source source = all.get(Choice.of(weights).draw(random));
    Features drawn = source.draw(random);
    double fraud = 0;
    double any = 0;
    for (int s = 0; s < weights.length; s++) {
      double density = weights[s] > 0 ? weights[s] * all.get(s).density(drawn) : 0;
      any += density;
      fraud += all.get(s).pattern() == Pattern.NONE ? 0 : density;
    }
    Pattern pattern = source.pattern();
    return new Payment(
        number,
        timeMs,
        drawn.amount(),
        Places.COUNTRIES.get(drawn.country()),
        Places.merchantName(drawn.merchant()),
        Places.CATEGORIES.get(Places.category(drawn.merchant())),
        drawn.hasDevice() ? Places.deviceName(drawn.device()) : null,
        drawn.hasDevice() ? drawn.deviceAge() : null,
        drawn.lastHour(),
        new Truth(pattern != Pattern.NONE, pattern, fraud / any));
  }

  private static Source honest(
      double share,
      double[] hours,
      List<LogNormal> amounts,
      Map<String, Double> countries,
      Map<String, Double> categories,
      double devices,
      LogNormal ages,
      double repeats) {
    return new Source(
        Pattern.NONE,
        share,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        hours,
        amounts,
        Places.countries(countries),
        Places.categories(categories),
        Source.Known.NOTHING,
        devices,
        ages,
        repeats);
  }

  private static Source honest() {
    return honest(
        1,
        Hours.DAY,
        List.of(new LogNormal(18, .8), new LogNormal(45, .8)),
        Map.of(),
        Map.of(),
        .67,
        new LogNormal(300, 1),
        .12);
  }

  private static Source tourists() {
    return honest(
        .0012,
        Hours.NIGHT,
        List.of(new LogNormal(300, .7)),
        Map.of("US", .4, "IE", .3, "PT", .2),
        Map.of("electronics", .4, "jewellery", .25, "travel", .25),
        .5,
        new LogNormal(2, 1.2),
        1.2);
  }

  private static Source givers() {
    return honest(
        .0006,
        Hours.DAY,
        List.of(new LogNormal(60, .4)),
        Map.of("SE", .5, "CZ", .45),
        Map.of("gift_cards", .95),
        .8,
        new LogNormal(300, 1),
        .5);
  }

  private static Source stolen(PaymentsPlan plan) {
    return new Source(
        Pattern.STOLEN,
        STOLEN,
        plan.startMs(),
        plan.endMs(),
        Hours.NIGHT,
        List.of(new LogNormal(300, .7)),
        Places.countries(Map.of("US", .4, "IE", .3, "PT", .2)),
        Places.categories(Map.of("electronics", .4, "jewellery", .25, "travel", .25)),
        Source.Known.NOTHING,
        .5,
        new LogNormal(2, 1.2),
        1.2);
  }

  private static Source ring(long fromMs, long toMs, SplittableRandom random) {
    int category = Places.CATEGORIES.indexOf(random.nextBoolean() ? "electronics" : "travel");
    int[] merchants =
        distinct(RING_MERCHANTS, () -> Places.merchant(category, 20 + random.nextInt(200)));
    int[] devices = distinct(RING_DEVICES, () -> random.nextInt(Places.DEVICES));
    return new Source(
        Pattern.RING,
        RINGS * RING_STEP / RING_LIFE,
        fromMs,
        toMs,
        Hours.NIGHT,
        List.of(new LogNormal(250, .6)),
        Places.countries(Map.of("US", .4, "IE", .3, "PT", .2)),
        Places.categories(Map.of("electronics", .4, "jewellery", .25, "travel", .25)),
        new Source.Known(merchants, .5, devices, .3),
        .8,
        new LogNormal(2, 1.2),
        7);
  }

  /** The first that are drawn, without those that were drawn before. */
  static int[] distinct(int count, IntSupplier draw) {
    return IntStream.generate(draw).distinct().limit(count).toArray();
  }

  private static Source newPattern(PaymentsPlan plan) {
    return new Source(
        Pattern.NEW_PATTERN,
        NEW_PATTERN,
        plan.newPatternMs(),
        plan.endMs(),
        Hours.DAY,
        List.of(new LogNormal(60, .4)),
        Places.countries(Map.of("SE", .5, "CZ", .45)),
        Places.categories(Map.of("gift_cards", .95)),
        Source.Known.NOTHING,
        .8,
        new LogNormal(300, 1),
        .5);
  }

  private static Source burst(PaymentsPlan plan) {
    return new Source(
        Pattern.BURST,
        BURST,
        plan.burstMs(),
        plan.burstEndMs(),
        Hours.ANY,
        List.of(new LogNormal(200, .5)),
        Places.countries(Map.of("US", .5, "IE", .4)),
        Places.categories(Map.of("electronics", .6, "travel", .3)),
        Source.Known.NOTHING,
        .3,
        new LogNormal(2, 1.2),
        12);
  }
}
