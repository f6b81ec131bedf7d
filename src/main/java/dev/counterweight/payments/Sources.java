package dev.counterweight.payments;

import dev.counterweight.payments.Source.Habit;
import dev.counterweight.payments.Source.Known;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;

/**
 * All sources of a plan's payments, and their densities. Owned by its stream.
 *
 * <p>Choices, made so that some hundred labelled frauds, days late, are enough for a good model,
 * and a new kind is learnt from its own labels:
 *
 * <ul>
 *   <li>What thieves do, some honest people do, too: tourists buy dear things abroad by night, on a
 *       new phone; resellers buy vouchers from another country. They have the very habit of one
 *       kind of fraud each, so that nobody can find all fraud without some of them: this, and not
 *       what is hard to learn, is what keeps the best possible below 1.
 *   <li>Each feature by itself speaks for fraud or against it, and what several say nearly adds up:
 *       a model without interactions has most of what can be had. On a stream where fraud shows
 *       only in how features go together, it would not.
 *   <li>Rings and machines pay again and again within the hour, which no honest card does: whoever
 *       has seen fraud knows it without having seen this ring or this attack.
 *   <li>Rings live for half of the time, and two of them at once: labels come days later, and what
 *       is over by then teaches nothing. Their merchants and devices are worth a little more to who
 *       knows them.
 *   <li>The new pattern shares neither country nor category, hours, amounts or ages of devices with
 *       what was there: it must be learnt from its own labels. It comes as a wave, as thieves flock
 *       to what works, and ebbs after a seventh of the time, but stays: its labels come while there
 *       still is some of it.
 *   <li>Which countries and categories thieves like has no meaning, and is alike for all seeds.
 * </ul>
 */
final class Sources {
  /** Share of frauds among the payments of ten weeks. */
  static final double FRAUDS = 0.004;

  private static final double TOURISTS = 0.0010;
  private static final double RESELLERS = 0.0004;
  private static final double STOLEN = 0.0018;
  private static final double RINGS = 0.0014;
  private static final double NEW_WAVE = 0.0034;
  private static final double NEW_EBB = 0.0009;
  private static final double BURST = 0.012;

  /** Share of the span that the wave of the new pattern lasts. */
  private static final double WAVE = 1 / 7.0;

  /** How much later each ring begins than the one before, as a share of the span. */
  private static final double RING_STEP = 0.25;

  private static final double RING_LIFE = 0.5;
  private static final int RING_MERCHANTS = 4;
  private static final int RING_DEVICES = 3;

  private static final LogNormal NEW_DEVICE = new LogNormal(2, 1.2);
  private static final LogNormal OLD_DEVICE = new LogNormal(300, 1);
  private static final Choice ABROAD = Places.countries(Map.of("US", .4, "IE", .3, "PT", .2));
  private static final Choice DEAR_THINGS =
      Places.categories(Map.of("electronics", .4, "jewellery", .25, "travel", .25));

  /** What most do. */
  private static final Habit SHOPPING =
      new Habit(
          Hours.DAY,
          List.of(new LogNormal(18, .8), new LogNormal(45, .8)),
          Places.countries(Map.of()),
          Places.categories(Map.of()),
          .67,
          OLD_DEVICE,
          .12);

  /** What tourists do, and who has stolen a card. */
  private static final Habit DEAR_ABROAD =
      new Habit(
          Hours.NIGHT, List.of(new LogNormal(180, .5)), ABROAD, DEAR_THINGS, .5, NEW_DEVICE, .8);

  /** What rings do. */
  private static final Habit DEARER_AT_ONCE =
      new Habit(
          Hours.NIGHT, List.of(new LogNormal(600, .5)), ABROAD, DEAR_THINGS, .8, NEW_DEVICE, 10);

  /** What resellers do, and the new pattern. */
  private static final Habit VOUCHERS =
      new Habit(
          Hours.DAY,
          List.of(new LogNormal(150, .4)),
          Places.countries(Map.of("SE", .5, "CZ", .45)),
          Places.categories(Map.of("gift_cards", .95)),
          .2,
          OLD_DEVICE,
          .8);

  /** What machines do. */
  private static final Habit ATTACK =
      new Habit(
          Hours.ANY,
          List.of(new LogNormal(600, .4)),
          Places.countries(Map.of("US", .5, "IE", .4)),
          Places.categories(Map.of("electronics", .6, "travel", .3)),
          .3,
          NEW_DEVICE,
          12);

  private final List<Source> all = new ArrayList<>();
  private final double[] weights;

  Sources(PaymentsPlan plan, SplittableRandom random) {
    long start = plan.startMs();
    long end = plan.endMs();
    all.add(of(Pattern.NONE, 1, start, end, SHOPPING));
    all.add(of(Pattern.NONE, TOURISTS, start, end, DEAR_ABROAD));
    all.add(of(Pattern.NONE, RESELLERS, start, end, VOUCHERS));
    all.add(of(Pattern.STOLEN, STOLEN, start, end, DEAR_ABROAD));
    for (double at = -RING_STEP; at < 1; at += RING_STEP) {
      all.add(ring(plan.at(at), plan.at(at + RING_LIFE), random));
    }
    long ebb = plan.at(PaymentsPlan.NEW_PATTERN + WAVE);
    all.add(of(Pattern.NEW_PATTERN, NEW_WAVE, plan.newPatternMs(), ebb, VOUCHERS));
    all.add(of(Pattern.NEW_PATTERN, NEW_EBB, ebb, end, VOUCHERS));
    all.add(of(Pattern.BURST, BURST, plan.burstMs(), plan.burstEndMs(), ATTACK));
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

  private static Source of(Pattern pattern, double share, long fromMs, long toMs, Habit habit) {
    return new Source(pattern, share, fromMs, toMs, habit, Known.NOTHING);
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
        DEARER_AT_ONCE,
        new Known(merchants, .5, devices, .3));
  }

  /** The first that are drawn, without those that were drawn before. */
  static int[] distinct(int count, IntSupplier draw) {
    return IntStream.generate(draw).distinct().limit(count).toArray();
  }
}
