package dev.counterweight.config;

import dev.counterweight.sampling.Falling;
import dev.counterweight.sampling.SamplingPolicy;
import dev.counterweight.sampling.SamplingPolicy.Preset;
import dev.counterweight.weights.WeightFormula;

/** The keys of the sampling policy: a recipe by name, and what it is made of. */
final class SamplingPolicyKeys {
  static final KeyGroup KEYS = new KeyGroup("Sampler");

  private static final String AUTO = "auto";
  private static final Fall AUTO_DRAWS = new Fall(4, 1);
  private static final double MAX_DRAWS = 1000;
  private static final Fall DEFAULT_MAX_USES = new Fall(64, 8);
  // Measured: a net still learns from more draws after fewer events, and no longer after more.
  private static final double DRAWS_UNTIL_EVENTS = 40_000;
  private static final double USES_UNTIL_EVENTS = 500;

  private static final Key<Preset> PRESET =
      KEYS.key("sampler.preset", "hybrid", Form.oneOf(Preset.class))
          .means(
              "Named recipe for the uses r_c of an event of class c, given sampling weights v_c."
                  + " hybrid: r_c = min(U_c, s v_c) with s such that an event makes D draws, half"
                  + " of them by schedule. none: the stream as it is, r_c = 1. undersample: r_c ="
                  + " v_c / max v, no event more than once. oversample: r_c = v_c / min v, every"
                  + " event at least once. weighted-random: D draws an event, r_c in proportion to"
                  + " v_c. All but hybrid make every use as the event arrives. docs/sampling.md"
                  + " says which known recipe each is.");
  static final Key<WeightFormula> WEIGHTS =
      KEYS.optional("sampler.weights", Formulas.SAMPLING)
          .means(
              "Formula of the sampling weights v_c: how the uses are shared out among the classes."
                  + " The same formulas as those of weights.formula, each key with its own"
                  + " arguments. Default: balanced; none under sampler.preset=none.");
  private static final Key<String> DRAWS_PER_EVENT =
      KEYS.optional("sampler.draws.per.event", draws())
          .means(
              "D, draws made an event on average, under the presets hybrid and weighted-random."
                  + " Two numbers, such as 4..1: the first for as long as at most 40,000 events"
                  + " were counted, then less as the root of their number, down to the second."
                  + " auto: 4..1 while the trainer keeps up and less while it lags, but so many"
                  + " that an event of a class rarer than half its even share is used once;"
                  + " exactly 4..1 under --stop-at-end. Counts are decayed where counts.half.life"
                  + " is set. Default: auto; 1 under sampler.preset=weighted-random.");
  private static final Key<Fall> MAX_USES =
      KEYS.optional(
              "sampler.max.uses",
              Fall.form("at least 1 and at most 1000000", n -> n >= 1 && n <= 1e6))
          .means(
              "U, the most an event is used in expectation, however rare its class, under the"
                  + " preset hybrid. Two numbers: the first while at most 500 events of the class"
                  + " were counted, then less in proportion to 1 / their number, down to the"
                  + " second. Counts are decayed where counts.half.life is set. Default:"
                  + " 64..8, the second at least D.");
  private static final Key<Double> ARRIVAL_SHARE =
      KEYS.optional("sampler.arrival.share", Form.aboveAndAtMost(0, 1))
          .means(
              "Share of the uses made as the event arrives; the rest is paid by schedule from"
                  + " memory. Default: 0.5 under sampler.preset=hybrid, 1 under every other.");

  private SamplingPolicyKeys() {}

  private static Form<String> draws() {
    return Form.text(
        "%s, or a number above 0 and at most %s, or two of them that fall, such as 4..1"
            .formatted(AUTO, Form.number(MAX_DRAWS)),
        text -> text.equals(AUTO) || Fall.parse(text, n -> n > 0 && n <= MAX_DRAWS).isPresent());
  }

  static SamplingPolicy read(Values v) {
    Preset preset = v.get(PRESET);
    String draws = v.find(DRAWS_PER_EVENT).orElse(draws(preset));
    boolean auto = draws.equals(AUTO);
    Fall asked = auto ? AUTO_DRAWS : Fall.parse(draws, n -> true).orElseThrow();
    Fall maxUses = v.find(MAX_USES).orElse(maxUses(preset, asked));
    Fall fall = auto ? atMost(asked, maxUses) : asked;
    return new SamplingPolicy(
        preset,
        v.find(WEIGHTS).orElse(WeightFormula.of(preset == Preset.NONE ? "none" : "balanced")),
        new Falling(fall.first(), fall.last(), DRAWS_UNTIL_EVENTS, true),
        auto,
        new Falling(maxUses.first(), maxUses.last(), USES_UNTIL_EVENTS, false),
        v.find(ARRIVAL_SHARE).orElse(preset == Preset.HYBRID ? 0.5 : 1));
  }

  private static Fall atMost(Fall fall, Fall most) {
    return new Fall(Math.min(fall.first(), most.first()), Math.min(fall.last(), most.last()));
  }

  /** Caps that leave room for the draws asked for. */
  private static Fall maxUses(Preset preset, Fall draws) {
    double first = DEFAULT_MAX_USES.first();
    return preset == Preset.HYBRID
        ? new Fall(first, Math.min(first, Math.max(DEFAULT_MAX_USES.last(), draws.first())))
        : maxUses(preset);
  }

  private static Fall maxUses(Preset preset) {
    return switch (preset) {
      case HYBRID -> DEFAULT_MAX_USES;
      case NONE, UNDERSAMPLE -> new Fall(1, 1);
      case OVERSAMPLE, WEIGHTED_RANDOM ->
          new Fall(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    };
  }

  private static String draws(Preset preset) {
    return switch (preset) {
      case HYBRID -> AUTO;
      case WEIGHTED_RANDOM -> "1";
      case NONE, UNDERSAMPLE, OVERSAMPLE -> "0";
    };
  }

  /** Looks at the rules between the keys. */
  static void check(SamplingPolicy policy, Problems problems) {
    Preset preset = policy.preset();
    if (preset == Preset.NONE && !(policy.weights() instanceof WeightFormula.None)) {
      problems.add(fixedByPreset(WEIGHTS, Formulas.text(policy.weights()), preset, "none"));
    }
    if (policy.auto() && preset != Preset.HYBRID) {
      problems.add(
          "%s=auto: goes with %s=hybrid alone, not with %s", DRAWS_PER_EVENT, PRESET, preset);
    } else if (!preset.byDraws() && policy.draws().first() != 0) {
      problems.add(
          fixedByPreset(
              DRAWS_PER_EVENT,
              text(policy.draws()),
              preset,
              "what r_c gives, by the sampling weights"));
    }
    if (preset != Preset.HYBRID && !fall(policy.maxUses()).equals(maxUses(preset))) {
      problems.add(
          fixedByPreset(
              MAX_USES,
              text(policy.maxUses()),
              preset,
              maxUses(preset).first() == 1 ? "1" : "no cap"));
    }
    if (preset != Preset.HYBRID && policy.arrivalShare() != 1) {
      problems.add(fixedByPreset(ARRIVAL_SHARE, Form.number(policy.arrivalShare()), preset, "1"));
    }
    if (policy.draws().first() > policy.maxUses().first()
        || policy.draws().last() > policy.maxUses().last()) {
      problems.add(
          "%s=%s: must be at most %s=%s",
          DRAWS_PER_EVENT, text(policy.draws()), MAX_USES, text(policy.maxUses()));
    }
  }

  private static Fall fall(Falling uses) {
    return new Fall(uses.first(), uses.last());
  }

  private static String text(Falling uses) {
    return fall(uses).toString();
  }

  private static String fixedByPreset(Key<?> key, String value, Preset preset, String fixed) {
    return "%s=%s: %s=%s sets it to %s; leave one of the two keys out"
        .formatted(key, value, PRESET, preset, fixed);
  }
}
