package dev.counterweight.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Keys that act only beside a certain choice: set beside another they would be ignored. */
final class KeysWithoutEffect {
  private static final List<String> FORMULAS =
      List.of(CounterKeys.WEIGHTS_FORMULA, SamplingPolicyKeys.SAMPLER_WEIGHTS);

  /** The key acts where one of {@code choosers} has one of {@code values}. */
  private record Need(String key, List<String> choosers, List<String> values) {
    boolean met(Map<String, Object> parsed) {
      return choosers.stream()
          .anyMatch(chooser -> values.contains(Objects.toString(parsed.get(chooser))));
    }

    String words() {
      return choosers.stream()
          .map(chooser -> chooser + "=" + String.join(" or ", values))
          .collect(Collectors.joining(" or "));
    }
  }

  private static final List<Need> NEEDS =
      List.of(
          new Need(CounterKeys.WEIGHTS_FIXED, FORMULAS, List.of("fixed")),
          new Need(CounterKeys.WEIGHTS_SMOOTHING, FORMULAS, List.of("smoothed")),
          new Need(CounterKeys.WEIGHTS_POWER, FORMULAS, List.of("power")),
          new Need(CounterKeys.WEIGHTS_BETA, FORMULAS, List.of("effective-number")),
          of(LossKeys.LOSS_GAMMA, LossKeys.LOSS, "focal"),
          of(LossKeys.LOSS_TAU, LossKeys.LOSS, "logit-adjusted"),
          of(LossKeys.LOSS_LDAM_MARGIN, LossKeys.LOSS, "ldam"),
          of(LossKeys.LOSS_LDAM_SCALE, LossKeys.LOSS, "ldam"),
          of(OptimizerKeys.MOMENTUM, OptimizerKeys.OPTIMIZER, "sgd"),
          of(OptimizerKeys.ADAM_BETA1, OptimizerKeys.OPTIMIZER, "adam", "adamw"),
          of(OptimizerKeys.ADAM_BETA2, OptimizerKeys.OPTIMIZER, "adam", "adamw"),
          of(OptimizerKeys.SCHEDULE_STEPS, OptimizerKeys.SCHEDULE, "cosine", "step"),
          of(OptimizerKeys.SCHEDULE_FACTOR, OptimizerKeys.SCHEDULE, "cosine", "step"),
          of(TrainerKeys.MODEL_HIDDEN, TrainerKeys.MODEL, "mlp"),
          of(TrainerKeys.MODEL_ACTIVATION, TrainerKeys.MODEL, "mlp"));

  private KeysWithoutEffect() {}

  private static Need of(String key, String chooser, String... values) {
    return new Need(key, List.of(chooser), List.of(values));
  }

  /**
   * A line for each key that is set and has no effect; one set to its default is let be.
   *
   * @param given the keys that are set, as they were written
   * @param parsed the value of every key
   */
  static List<String> problems(Map<String, String> given, Map<String, Object> parsed) {
    List<String> problems = new ArrayList<>();
    for (Need need : NEEDS) {
      Object value = parsed.get(need.key());
      boolean differs = !Objects.equals(value, JobKeys.ALL.defaultValues().get(need.key()));
      if (given.containsKey(need.key()) && differs && !need.met(parsed)) {
        problems.add(
            "%s=%s: has no effect without %s: remove it"
                .formatted(need.key(), given.get(need.key()), need.words()));
      }
    }
    return problems;
  }
}
