package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;

import dev.counterweight.event.Decimal;
import dev.counterweight.weights.FormulaConfig;
import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.WeightFormula;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of the counter: how events are counted and classes weighted. */
public final class CounterKeys {
  public static final String COUNTS_HALF_LIFE = "counts.half.life";
  static final String WEIGHTS_FORMULA = "weights.formula";
  static final String WEIGHTS_MAX_RATIO = "weights.max.ratio";
  static final String WEIGHTS_MIN_CHANGE = "weights.min.change";
  static final String WEIGHTS_UPDATE_INTERVAL = "weights.update.interval";
  static final String WEIGHTS_UPDATE_EVENTS = "weights.update.events";
  static final String WEIGHTS_SMOOTHING = "weights.smoothing";
  static final String WEIGHTS_POWER = "weights.power";
  static final String WEIGHTS_BETA = "weights.beta";
  static final String WEIGHTS_FIXED = "weights.fixed";

  /** The formulas that give weights from counts, for the objective and for sampling. */
  static final String[] FORMULAS = {
    "balanced", "inverse", "smoothed", "power", "effective-number", "fixed", "none"
  };

  /** Worked out by the trainer on the rows of each batch: for the objective only. */
  static final String PER_BATCH = WeightFormula.PER_BATCH;

  private static final String[] OBJECTIVES =
      Stream.concat(Stream.of(FORMULAS), Stream.of(PER_BATCH)).toArray(String[]::new);

  private CounterKeys() {}

  static void declare(ConfigDef def) {
    counts(def);
    formula(def);
    weights(def);
  }

  private static void counts(ConfigDef def) {
    key(
        def,
        COUNTS_HALF_LIFE,
        Type.STRING,
        "none",
        HalfLifeRule.RULE,
        "After how much event time, or how many events of the same partition, a counted event "
            + "counts half: how fast weights follow a stream that drifts. In event time the counts "
            + "do not depend on the order of arrival or on the partitions. A change applies to "
            + "what is counted so far from then on. none: events never fade.");
  }

  private static void formula(ConfigDef def) {
    key(
        def,
        WEIGHTS_FORMULA,
        Type.STRING,
        "balanced",
        Rule.oneOf(OBJECTIVES),
        "Class weights w_c that the objective pays, of k classes with n_c events, N in all."
            + " balanced: N / (k n_c). inverse: 1 / n_c. smoothed: (1 + s) / (n_c + s). power: (N /"
            + " (k n_c))^a. effective-number: (1 - b) / (1 - b^n_c), scaled to sum k. fixed: as"
            + " listed. none: 1. batch: 1 / (rows of the class in the batch), worked out by the"
            + " trainer. A class not yet seen takes the largest weight.");
    key(
        def,
        WEIGHTS_SMOOTHING,
        Type.DOUBLE,
        FormulaConfig.DEFAULT_SMOOTHING,
        Rule.atLeast(0),
        "s of the formula smoothed, in events.");
    key(
        def,
        WEIGHTS_POWER,
        Type.DOUBLE,
        FormulaConfig.DEFAULT_POWER,
        Rule.atLeast(0),
        "a of the formula power: 0 is none, 0.5 the square root, 1 balanced.");
    key(
        def,
        WEIGHTS_BETA,
        Type.DOUBLE,
        FormulaConfig.DEFAULT_BETA,
        Rule.below(0, 1),
        "b of the formula effective-number. Weights flatten once every class has many more than 1 /"
            + " (1 - b) events, which running counts reach sooner or later: set counts.half.life"
            + " with it.");
    key(
        def,
        WEIGHTS_FIXED,
        Type.LIST,
        null,
        Rule.weights(),
        "Weights of the formula fixed: a number for each class, in the order of events.classes. "
            + "0 leaves a class out.");
  }

  private static void weights(ConfigDef def) {
    key(
        def,
        WEIGHTS_MAX_RATIO,
        Type.DOUBLE,
        10000d,
        Rule.atLeast(1),
        "Cap on the largest class weight, as a multiple of the smallest.");
    key(
        def,
        WEIGHTS_MIN_CHANGE,
        Type.DOUBLE,
        0d,
        Rule.below(0, 1),
        "The published weights stand still until one of them changes by more than this share of "
            + "itself; counts and priors go on. 0 publishes every change.");
    key(
        def,
        WEIGHTS_UPDATE_INTERVAL,
        Type.STRING,
        "1s",
        Amount.duration(10).orNone(),
        "Time between snapshots of the class weights while events flow; while none come, the same "
            + "is published again every ten of it. none publishes by count only.");
    key(
        def,
        WEIGHTS_UPDATE_EVENTS,
        Type.LONG,
        10000L,
        Rule.atLeast(1),
        "While catching up, the most events between snapshots: they come every "
            + "16 x 1.1^(snapshots published) events, at most this.");
  }

  static HalfLife halfLife(Values v) {
    return HalfLifeRule.parse(v.text(COUNTS_HALF_LIFE)).orElseThrow();
  }

  static CounterConfig read(Values v) {
    return new CounterConfig(
        new FormulaConfig(
            v.text(WEIGHTS_FORMULA),
            v.real(WEIGHTS_SMOOTHING),
            v.real(WEIGHTS_POWER),
            v.real(WEIGHTS_BETA),
            v.list(WEIGHTS_FIXED).stream().map(Decimal::parse).toList()),
        v.real(WEIGHTS_MAX_RATIO),
        halfLife(v),
        v.real(WEIGHTS_MIN_CHANGE),
        v.durationMs(WEIGHTS_UPDATE_INTERVAL),
        v.whole(WEIGHTS_UPDATE_EVENTS));
  }
}
