package dev.counterweight.payments;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** All sources of a plan's payments. Immutable. */
final class Sources {
  /** Share of frauds among the payments of ten weeks. */
  static final double FRAUDS = 0.004;

  private static final double STOLEN = 0.0013;
  private static final double RINGS = 0.0013;
  private static final double NEW_PATTERN = 0.0022;
  private static final double BURST = 0.025;

  /** How much later each ring begins than the one before, as a share of the span. */
  private static final double RING_STEP = 0.25;

  private static final double RING_LIFE = 0.5;
  private static final int RING_MERCHANTS = 4;
  private static final int RING_DEVICES = 3;

  private final List<Source> all = new ArrayList<>();
  private final double[] weights;

  Sources(PaymentsPlan plan, SplittableRandom random) {
    all.add(honest());
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
    double frauds = 0;
    for (int s = 1; s < weights.length; s++) {
      weights[s] = all.get(s).rate(timeMs);
      frauds += weights[s];
    }
    weights[0] = 1 - frauds;
    Source source = all.get(Choice.of(weights).draw(random));
    Features drawn = source.draw(random);
    double fraud = 0;
    for (int s = 1; s < weights.length; s++) {
      fraud += weights[s] > 0 ? weights[s] * all.get(s).density(drawn) : 0;
    }
    double bayes = fraud / (fraud + weights[0] * all.get(0).density(drawn));
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
        new Truth(pattern != Pattern.NONE, pattern, bayes));
  }

  private static Source honest() {
    return new Source(
        Pattern.NONE,
        1,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        Hours.DAY,
        List.of(new LogNormal(15, .8), new LogNormal(25, .9), new LogNormal(80, 1)),
        Places.countries(Map.of()),
        Places.categories(Map.of()),
        Source.Known.NOTHING,
        2 / 3.0,
        new LogNormal(250, 1.2),
        0.15);
  }

  private static Source stolen(PaymentsPlan plan) {
    return new Source(
        Pattern.STOLEN,
        STOLEN,
        plan.startMs(),
        plan.endMs(),
        Hours.NIGHT,
        List.of(new LogNormal(250, .7)),
        Places.countries(Map.of("US", .35, "IE", .2, "PT", .15)),
        Places.categories(Map.of("electronics", .35, "jewellery", .2, "travel", .15)),
        Source.Known.NOTHING,
        .5,
        new LogNormal(2, 1.3),
        1.2);
  }

  private static Source ring(long fromMs, long toMs, SplittableRandom random) {
    int category = Places.CATEGORIES.indexOf(random.nextBoolean() ? "electronics" : "tickets");
    int[] merchants = new int[RING_MERCHANTS];
    for (int i = 0; i < merchants.length; i++) {
      merchants[i] = Places.merchant(category, 100 + random.nextInt(1000));
    }
    int[] devices = new int[RING_DEVICES];
    for (int i = 0; i < devices.length; i++) {
      devices[i] = random.nextInt(Places.DEVICES);
    }
    return new Source(
        Pattern.RING,
        RINGS * RING_STEP / RING_LIFE,
        fromMs,
        toMs,
        Hours.ANY,
        List.of(new LogNormal(120, .6)),
        Places.countries(Map.of()),
        Places.categories(Map.of()),
        new Source.Known(merchants, .9, devices, .8),
        .9,
        new LogNormal(10, 1),
        .8);
  }

  private static Source newPattern(PaymentsPlan plan) {
    return new Source(
        Pattern.NEW_PATTERN,
        NEW_PATTERN,
        plan.newPatternMs(),
        plan.endMs(),
        Hours.DAY,
        List.of(new LogNormal(60, .3)),
        Places.countries(Map.of("SE", .45, "CZ", .35)),
        Places.categories(Map.of("gift_cards", .7, "games", .2)),
        Source.Known.NOTHING,
        .8,
        new LogNormal(250, 1.2),
        .5);
  }

  private static Source burst(PaymentsPlan plan) {
    return new Source(
        Pattern.BURST,
        BURST,
        plan.burstMs(),
        plan.burstEndMs(),
        Hours.ANY,
        List.of(new LogNormal(150, .5)),
        Places.countries(Map.of("US", .5, "IE", .2)),
        Places.categories(Map.of("electronics", .5, "games", .2)),
        Source.Known.NOTHING,
        .3,
        new LogNormal(1, 1),
        4);
  }
}
