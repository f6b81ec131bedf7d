package dev.counterweight.payments;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Which share of the frauds was found in each stretch of time, by pattern, where the 1 % of its
 * payments that have the highest probabilities are alerts: who looks at alerts can look at as many
 * in one week as in the next.
 */
public record RecallOverTime(List<Stretch> stretches) {
  /** Share of the payments that are alerts. */
  public static final double ALERTS = 0.01;

  /**
   * A stretch of time, from {@code fromMs} to before {@code toMs}.
   *
   * @param known of the patterns that are there from the first day on
   */
  public record Stretch(
      long fromMs, long toMs, Found all, Found known, Found newPattern, Found burst) {}

  /**
   * Frauds, and those of them that were found.
   *
   * @param hits where alerts end among payments of one probability, those expected to be found
   */
  public record Found(double hits, int frauds) {
    /** Unknown without frauds. */
    public Estimate recall() {
      return Estimate.share(hits, frauds);
    }
  }

  /**
   * Cuts a time into equal stretches.
   *
   * @param stretches how many, at least 1
   */
  public static RecallOverTime of(JudgedPayments payments, long fromMs, long toMs, int stretches) {
    List<Stretch> all = new ArrayList<>();
    for (int s = 0; s < stretches; s++) {
      long from = fromMs + (toMs - fromMs) * s / stretches;
      long to = fromMs + (toMs - fromMs) * (s + 1) / stretches;
      all.add(stretch(payments.between(from, to), from, to));
    }
    return new RecallOverTime(all);
  }

  /** Frauds of a kind in the stretches that begin from one time to before another. */
  public Found found(long fromMs, long toMs, Function<Stretch, Found> kind) {
    double hits = 0;
    int frauds = 0;
    for (Stretch stretch : stretches) {
      if (stretch.fromMs() >= fromMs && stretch.fromMs() < toMs) {
        hits += kind.apply(stretch).hits();
        frauds += kind.apply(stretch).frauds();
      }
    }
    return new Found(hits, frauds);
  }

  private static Stretch stretch(JudgedPayments of, long from, long to) {
    return new Stretch(
        from,
        to,
        found(of),
        found(of, Pattern.STOLEN, Pattern.RING),
        found(of, Pattern.NEW_PATTERN),
        found(of, Pattern.BURST));
  }

  /** All frauds of some payments. */
  public static Found found(JudgedPayments payments) {
    return found(payments, Pattern.values());
  }

  private static Found found(JudgedPayments payments, Pattern... patterns) {
    double[] alerted = payments.alerted(ALERTS);
    List<Pattern> wanted = Arrays.asList(patterns);
    double hits = 0;
    int frauds = 0;
    for (int i = 0; i < payments.size(); i++) {
      if (payments.fraud(i) && wanted.contains(payments.pattern(i))) {
        frauds++;
        hits += alerted[i];
      }
    }
    return new Found(hits, frauds);
  }
}
