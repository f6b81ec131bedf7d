package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;

import dev.counterweight.event.Decimal;
import dev.counterweight.sampling.SamplingPolicy;
import dev.counterweight.sampling.SamplingPolicy.Preset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of the sampling policy: a recipe by name, and what it is made of. */
final class SamplingPolicyKeys {
  static final String SAMPLER_PRESET = "sampler.preset";
  static final String SAMPLER_WEIGHTS = "sampler.weights";
  static final String SAMPLER_DRAWS_PER_EVENT = "sampler.draws.per.event";
  static final String SAMPLER_MAX_USES = "sampler.max.uses";
  static final String SAMPLER_ARRIVAL_SHARE = "sampler.arrival.share";

  private static final String AUTO = "auto";
  private static final double MAX_AUTO_DRAWS = 4;
  private static final double MAX_DRAWS = 1000;
  private static final double MAX_USES = 64;

  private SamplingPolicyKeys() {}

  static void declare(ConfigDef def) {
    key(
        def,
        SAMPLER_PRESET,
        Type.STRING,
        "hybrid",
        Rule.oneOf(Arrays.stream(Preset.values()).map(Preset::toString).toArray(String[]::new)),
        "Named recipe for the uses r_c of an event of class c, given sampling weights v_c. hybrid:"
            + " r_c = min(U, s v_c) with s such that an event makes D draws, half of them by"
            + " schedule. none: the stream as it is, r_c = 1. undersample: r_c = v_c / max v, no"
            + " event more than once. oversample: r_c = v_c / min v, every event at least once."
            + " weighted-random: D draws an event, r_c in proportion to v_c. All but hybrid make"
            + " every use as the event arrives. docs/sampling.md says which known recipe each is.");
    key(
        def,
        SAMPLER_WEIGHTS,
        Type.STRING,
        null,
        Rule.oneOf(CounterKeys.FORMULAS),
        "Formula of the sampling weights v_c: how the uses are shared out among the classes. The "
            + "same formulas and parameters as weights.formula. Default: balanced; none under "
            + "sampler.preset=none.");
    key(
        def,
        SAMPLER_DRAWS_PER_EVENT,
        Type.STRING,
        null,
        Rule.numberOr(AUTO, 0, MAX_DRAWS),
        "D, draws made an event on average, under the presets hybrid and weighted-random. auto: 4 "
            + "while the trainer keeps up and less while it lags, but so many that an event of a "
            + "class rarer than half its even share is used once; exactly 4 under --stop-at-end. "
            + "Default: auto; 1 under sampler.preset=weighted-random.");
    key(
        def,
        SAMPLER_MAX_USES,
        Type.DOUBLE,
        null,
        Rule.range(1, true, 1e6),
        "U, the most an event is used in expectation, however rare its class, under the preset "
            + "hybrid. Default: 64.");
    key(
        def,
        SAMPLER_ARRIVAL_SHARE,
        Type.DOUBLE,
        null,
        Rule.range(0, false, 1),
        "Share of the uses made as the event arrives; the rest is paid by schedule from memory. "
            + "Default: 0.5 under sampler.preset=hybrid, 1 under every other.");
  }

  static SamplingPolicy read(Values v) {
    Preset preset = v.choice(SAMPLER_PRESET, Preset.class);
    double maxUses = v.has(SAMPLER_MAX_USES) ? v.real(SAMPLER_MAX_USES) : maxUses(preset);
    String draws = v.has(SAMPLER_DRAWS_PER_EVENT) ? v.text(SAMPLER_DRAWS_PER_EVENT) : draws(preset);
    boolean auto = draws.equals(AUTO);
    return new SamplingPolicy(
        preset,
        v.has(SAMPLER_WEIGHTS)
            ? v.text(SAMPLER_WEIGHTS)
            : preset == Preset.NONE ? "none" : "balanced",
        auto ? Math.min(MAX_AUTO_DRAWS, maxUses) : Decimal.parse(draws),
        auto,
        maxUses,
        v.has(SAMPLER_ARRIVAL_SHARE)
            ? v.real(SAMPLER_ARRIVAL_SHARE)
            : preset == Preset.HYBRID ? 0.5 : 1);
  }

  private static double maxUses(Preset preset) {
    return switch (preset) {
      case HYBRID -> MAX_USES;
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
    if (preset == Preset.NONE && !policy.weights().equals("none")) {
      problems.add(fixedByPreset(SAMPLER_WEIGHTS, policy.weights(), preset, "none"));
    }
    if (policy.auto() && preset != Preset.HYBRID) {
      problems.add(
          "%s=auto: goes with %s=hybrid alone, not with %s"
              .formatted(SAMPLER_DRAWS_PER_EVENT, SAMPLER_PRESET, preset));
    } else if (!preset.byDraws() && policy.draws() != 0) {
      problems.add(
          fixedByPreset(
              SAMPLER_DRAWS_PER_EVENT,
              Rule.number(policy.draws()),
              preset,
              "what r_c gives, by the sampling weights"));
    }
    if (preset != Preset.HYBRID && policy.maxUses() != maxUses(preset)) {
      problems.add(
          fixedByPreset(
              SAMPLER_MAX_USES,
              Rule.number(policy.maxUses()),
              preset,
              maxUses(preset) == 1 ? "1" : "no cap"));
    }
    if (preset != Preset.HYBRID && policy.arrivalShare() != 1) {
      problems.add(
          fixedByPreset(SAMPLER_ARRIVAL_SHARE, Rule.number(policy.arrivalShare()), preset, "1"));
    }
    if (policy.draws() > policy.maxUses()) {
      problems.add(
          "%s=%s: must be at most %s=%s"
              .formatted(
                  SAMPLER_DRAWS_PER_EVENT, policy.draws(), SAMPLER_MAX_USES, policy.maxUses()));
    }
    return problems;
  }

  private static String fixedByPreset(String key, String value, Preset preset, String fixed) {
    return "%s=%s: %s=%s sets it to %s; leave one of the two keys out"
        .formatted(key, value, SAMPLER_PRESET, preset, fixed);
  }
}
