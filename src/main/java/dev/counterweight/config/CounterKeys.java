package dev.counterweight.config;

import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.WeightFormula;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The keys of the counter: how events are counted and classes weighted. */
final class CounterKeys {
  static final KeyGroup KEYS = new KeyGroup("Counter");

  private static final Pattern EVENTS = Pattern.compile("([0-9]{1,18})\\s*events?");

  static final Key<HalfLife> HALF_LIFE =
      KEYS.key(
              "counts.half.life",
              "none",
              Form.of(
                  "none, a duration of at least 1 ms such as 6h or 7d, or a number of events of at"
                      + " least 1 such as 100000 events",
                  text -> halfLife(text.strip())))
          .means(
              "After how much event time, or how many events of the same partition, a counted event"
                  + " counts half: how fast weights follow a stream that drifts. In event time the"
                  + " counts do not depend on the order of arrival or on the partitions. A change"
                  + " applies to what is counted so far from then on. none: events never fade.");
  static final Key<WeightFormula> FORMULA =
      KEYS.key("weights.formula", "balanced", Formulas.OBJECTIVE)
          .means(
              "Class weights w_c that the objective pays, of k classes with n_c events, N in all."
                  + " balanced: N / (k n_c). inverse: 1 / n_c. smoothed(s): (1 + s) / (n_c + s);"
                  + " smoothed is smoothed(1). power(a): (N / (k n_c))^a, where 0 is none, 0.5 the"
                  + " square root and 1 balanced; power is power(0.5). effective-number(b): (1 - b)"
                  + " / (1 - b^n_c), scaled to sum k; effective-number is effective-number(0.9999)."
                  + " Its weights flatten once every class has many more than 1 / (1 - b) events,"
                  + " which running counts reach sooner or later: set counts.half.life with it."
                  + " fixed(1,20): as listed, in the order of events.classes; 0 leaves a class out."
                  + " none: 1. batch: 1 / (rows of the class in the batch), worked out by the"
                  + " trainer. A class not yet seen takes the largest weight.");
  private static final Key<Double> MAX_RATIO =
      KEYS.key("weights.max.ratio", 10_000, Form.atLeast(1))
          .means("Cap on the largest class weight, as a multiple of the smallest.");
  private static final Key<Long> UPDATE_INTERVAL =
      KEYS.key("weights.update.interval", "1s", Amount.DURATION.orNone(10, Long.MAX_VALUE))
          .means(
              "Time between snapshots of the class weights while events flow; while none come, the"
                  + " same is published again every ten of it. none publishes by count only.");
  private static final Key<Long> UPDATE_EVENTS =
      KEYS.key("weights.update.events", 10_000, Form.wholeAtLeast(1))
          .means(
              "While catching up, the most events between snapshots: they come every 16 x"
                  + " 1.1^(snapshots published) events, at most this.");

  private CounterKeys() {}

  private static Optional<HalfLife> halfLife(String text) {
    if (text.equals(Amount.NONE)) {
      return Optional.of(HalfLife.NONE);
    }
    Matcher events = EVENTS.matcher(text);
    boolean byEvents = events.matches();
    long amount = byEvents ? Long.parseLong(events.group(1)) : Amount.DURATION.parse(text);
    return amount < 1
        ? Optional.empty()
        : Optional.of(
            new HalfLife(byEvents ? HalfLife.Unit.EVENTS : HalfLife.Unit.MILLISECONDS, amount));
  }

  static CounterConfig read(Values v) {
    return new CounterConfig(
        v.get(FORMULA),
        v.get(MAX_RATIO),
        v.get(HALF_LIFE),
        v.get(UPDATE_INTERVAL),
        v.get(UPDATE_EVENTS));
  }
}
