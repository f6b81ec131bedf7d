package dev.counterweight.config;

import dev.counterweight.event.Decimal;
import dev.counterweight.sampling.SamplingPolicy;
import dev.counterweight.sampling.SamplingPolicy.Preset;
import dev.counterweight.weights.WeightFormula;
import java.util.ArrayList;
import java.util.List;

/** The keys of the sampling policy: a recipe by name, and what it is made of. */
final class SamplingPolicyKeys {
  static final KeyGroup KEYS = new KeyGroup("Sampler");

  private static final String AUTO = "auto";
  private static final double MAX_AUTO_DRAWS = 4;
  private static final double MAX_DRAWS = 1000;
  private static final double DEFAULT_MAX_USES = 64;

  private static final Key<Preset> PRESET =
      KEYS.key("sampler.preset", "hybrid", Form.oneOf(Preset.class))
          .means(
              "Named recipe for the uses r_c of an event of class c, given sampling weights v_c."
                  + " hybrid: r_c = min(U, s v_c) with s such that an event makes D draws, half of"
                  + " them by schedule. none: the stream as it is, r_c = 1. undersample: r_c = v_c"
                  + " / max v, no event more than once. oversample: r_c = v_c / min v, every event"
                  + " at least once. weighted-random: D draws an event, r_c in proportion to v_c."
                  + " All but hybrid make every use as the event arrives. docs/sampling.md says"
                  + " which known recipe each is.");
  static final Key<WeightFormula> WEIGHTS =
      KEYS.optional("sampler.weights", Formulas.SAMPLING)
          .means(
              "Formula of the sampling weights v_c: how the uses are shared out among the classes."
                  + " The same formulas as those of weights.formula, each key with its own"
                  + " arguments. Default: balanced; none under sampler.preset=none.");
  private static final Key<String> DRAWS_PER_EVENT =
      KEYS.optional("sampler.draws.per.event", Form.numberOr(AUTO, 0, MAX_DRAWS))
          .means(
              "D, draws made an event on average, under the presets hybrid and weighted-random."
                  + " auto: 4 while the trainer keeps up and less while it lags, but so many that"
                  + " an event of a class rarer than half its even share is used once; exactly 4"
                  + " under --stop-at-end. Default: auto; 1 under sampler.preset=weighted-random.");
  private static final Key<Double> MAX_USES =
      KEYS.optional("sampler.max.uses", Form.range(1, 1e6))
          .means(
              "U, the most an event is used in expectation, however rare its class, under the"
                  + " preset hybrid. Default: 64.");
  private static final Key<Double> ARRIVAL_SHARE =
      KEYS.optional("sampler.arrival.share", Form.aboveAndAtMost(0, 1))
          .means(
              "Share of the uses made as the event arrives; the rest is paid by schedule from"
                  + " memory. Default: 0.5 under sampler.preset=hybrid, 1 under every other.");

  private SamplingPolicyKeys() {}

  static SamplingPolicy read(Values v) {
    Preset preset = v.get(PRESET);
    double maxUses = v.find(MAX_USES).orElse(maxUses(preset));
    String draws = v.find(DRAWS_PER_EVENT).orElse(draws(preset));
    boolean auto = draws.equals(AUTO);
    return new SamplingPolicy(
        preset,
        v.find(WEIGHTS).orElse(WeightFormula.of(preset == Preset.NONE ? "none" : "balanced")),
        auto ? Math.min(MAX_AUTO_DRAWS, maxUses) : Decimal.parse(draws),
        auto,
        maxUses,
        v.find(ARRIVAL_SHARE).orElse(preset == Preset.HYBRID ? 0.5 : 1));
  }

  private static double maxUses(Preset preset) {
    return switch (preset) {
      case HYBRID -> DEFAULT_MAX_USES;
      case NONE, UNDERSAMPLE -> 1;
      case OVERSAMPLE, WEIGHTED_RANDOM -> Double.POSITIVE_INFINITY;
    };
  }

  private static String draws(Preset preset) {
    return switch (preset) {
      case HYBRID -> AUTO;
      case WEIGHTED_RANDOM -> "1";
      case NONE, UNDERSAMPLE, OVERSAMPLE -> "0";
    };
  }

  /** A line for each rule broken between the keys; empty if none is. */
  static List<String> problems(SamplingPolicy policy) {
    List<String> problems = new ArrayList<>();
    Preset preset = policy.preset();
    if (preset == Preset.NONE && !(policy.weights() instanceof WeightFormula.None)) {
      problems.add(fixedByPreset(WEIGHTS, Formulas.text(policy.weights()), preset, "none"));
    }
    if (policy.auto() && preset != Preset.HYBRID) {
      problems.add(
          "%s=auto: goes with %s=hybrid alone, not with %s"
              .formatted(DRAWS_PER_EVENT, PRESET, preset));
    } else if (!preset.byDraws() && policy.draws() != 0) {
      problems.add(
          fixedByPreset(
              DRAWS_PER_EVENT,
              Form.number(policy.draws()),
              preset,
              "what r_c gives, by the sampling weights"));
    }
    if (preset != Preset.HYBRID && policy.maxUses() != maxUses(preset)) {
      problems.add(
          fixedByPreset(
              MAX_USES,
              Form.number(policy.maxUses()),
              preset,
              maxUses(preset) == 1 ? "1" : "no cap"));
    }
    if (preset != Preset.HYBRID && policy.arrivalShare() != 1) {
      problems.add(fixedByPreset(ARRIVAL_SHARE, Form.number(policy.arrivalShare()), preset, "1"));
    }
    if (policy.draws() > policy.maxUses()) {
      problems.add(
          "%s=%s: must be at most %s=%s"
              .formatted(DRAWS_PER_EVENT, policy.draws(), MAX_USES, policy.maxUses()));
    }
    return problems;
  }

  private static String fixedByPreset(Key<?> key, String value, Preset preset, String fixed) {
    return "%s=%s: %s=%s sets it to %s; leave one of the two keys out"
        .formatted(key, value, PRESET, preset, fixed);
  }
}
