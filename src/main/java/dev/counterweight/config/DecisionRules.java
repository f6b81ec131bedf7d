package dev.counterweight.config;

import static dev.counterweight.config.ScoringKeys.DECISION;
import static dev.counterweight.config.ScoringKeys.DECISION_CLASS;
import static dev.counterweight.config.ScoringKeys.DECISION_COSTS;
import static dev.counterweight.config.ScoringKeys.DECISION_PRECISION;
import static dev.counterweight.config.ScoringKeys.DECISION_RECALL;

import dev.counterweight.event.Decimal;
import dev.counterweight.serving.DecisionConfig;
import java.util.ArrayList;
import java.util.List;

/** Which keys of the decision go together. */
final class DecisionRules {
  private DecisionRules() {}

  static DecisionConfig read(Values v) {
    String rule = v.text(DECISION);
    boolean recall = v.has(DECISION_RECALL);
    if (!rule.equals("threshold")) {
      for (String key :
          List.of(DECISION_COSTS, DECISION_CLASS, DECISION_RECALL, DECISION_PRECISION)) {
        if (v.has(key)) {
          throw new InvalidConfigException(
              List.of("%s is of decision=threshold alone, and decision=%s".formatted(key, rule)));
        }
      }
      return rule.equals("argmax-calibrated")
          ? new DecisionConfig.Calibrated()
          : new DecisionConfig.Balanced();
    }
    boolean target = v.has(DECISION_CLASS) && recall != v.has(DECISION_PRECISION);
    boolean anyTarget = v.has(DECISION_CLASS) || recall || v.has(DECISION_PRECISION);
    if (v.has(DECISION_COSTS) ? anyTarget : !target) {
      throw new InvalidConfigException(
          List.of(
              "decision=threshold needs decision.costs alone, or decision.class with one of "
                  + "decision.recall and decision.precision"));
    }
    if (v.has(DECISION_COSTS)) {
      return new DecisionConfig.Costs(v.list(DECISION_COSTS).stream().map(Decimal::parse).toList());
    }
    return new DecisionConfig.Target(
        v.text(DECISION_CLASS),
        recall ? DecisionConfig.Measure.RECALL : DecisionConfig.Measure.PRECISION,
        v.real(recall ? DECISION_RECALL : DECISION_PRECISION));
  }

  /** What does not fit the classes. */
  static List<String> problems(DecisionConfig decision, List<String> classes) {
    List<String> problems = new ArrayList<>();
    if (decision instanceof DecisionConfig.Costs costs
        && costs.costs().size() != classes.size() * classes.size()) {
      problems.add(
          "%s has %d numbers: must have one for each pair of classes, %d"
              .formatted(DECISION_COSTS, costs.costs().size(), classes.size() * classes.size()));
    }
    if (decision instanceof DecisionConfig.Target target && !classes.contains(target.name())) {
      problems.add("%s=%s: must be one of events.classes".formatted(DECISION_CLASS, target.name()));
    }
    return problems;
  }
}
