package dev.counterweight.config;

import dev.counterweight.protocol.JobTopics;
import dev.counterweight.serving.DecisionConfig;
import dev.counterweight.serving.ServingConfig;
import java.util.ArrayList;
import java.util.List;

/** The keys of what is served, decided and told of each scored event. */
final class ServingKeys {
  static final KeyGroup KEYS = new KeyGroup();

  private static final Key<Boolean> CALIBRATE =
      KEYS.key(
          "calibrate",
          true,
          Form.flag(),
          "Whether a temperature and a bias a class, fitted to what was scored, correct the served"
              + " probabilities; those stay as learnt that decision=argmax-balanced rests on.");
  private static final Key<String> DECISION =
      KEYS.key(
          "decision",
          "argmax-balanced",
          Form.oneOf(List.of("argmax-balanced", "argmax-calibrated", "threshold")),
          "How a class is decided. argmax-balanced: the model's own largest score, as it was taught"
              + " to weigh the classes. argmax-calibrated: the largest served probability, for the"
              + " fewest errors. threshold: by decision.costs, or by decision.class and its"
              + " target.");
  private static final Key<List<Double>> COSTS =
      KEYS.optional(
          "decision.costs",
          Form.weights(),
          "decision=threshold: what it costs to decide for class j where i is true, row by row i,"
              + " all K x K. The class of the least expected cost by the served probabilities is"
              + " decided for.");
  private static final Key<String> CLASS =
      KEYS.optional(
          "decision.class",
          Form.text(),
          "decision=threshold: class decided for from a threshold of its served probability on,"
              + " which is moved to where decision.recall or decision.precision was met on what was"
              + " scored; below it, the largest own score of the others decides.");
  private static final Key<Double> RECALL =
      KEYS.optional(
          "decision.recall",
          Form.aboveAndAtMost(0, 1),
          "decision=threshold: share of decision.class to find, with as few false alarms as it"
              + " takes.");
  private static final Key<Double> PRECISION =
      KEYS.optional(
          "decision.precision",
          Form.aboveAndAtMost(0, 1),
          "decision=threshold: share of the decisions for decision.class that shall be right; as"
              + " many of it are found as that allows.");
  private static final Key<String> PREDICTIONS_TOPIC =
      KEYS.optional(
          "evaluation.predictions.topic",
          Form.name(249),
          "Topic that gets every scored event, as JSON: partition, offset, label, decision, weight,"
              + " step, and the raw and served probability of each class. Created with one"
              + " partition if absent. After a crash events may come again; none that a checkpoint"
              + " knows of is missing. Default: none.");

  private ServingKeys() {}

  static ServingConfig read(Values v) {
    return new ServingConfig(v.get(CALIBRATE), decision(v), v.find(PREDICTIONS_TOPIC).orElse(null));
  }

  private static DecisionConfig decision(Values v) {
    String rule = v.get(DECISION);
    boolean recall = v.find(RECALL).isPresent();
    boolean precision = v.find(PRECISION).isPresent();
    boolean named = v.find(CLASS).isPresent();
    boolean costs = v.find(COSTS).isPresent();
    if (!rule.equals("threshold")) {
      for (Key<?> key : List.of(COSTS, CLASS, RECALL, PRECISION)) {
        if (v.find(key).isPresent()) {
          throw new InvalidConfigException(
              List.of("%s is of decision=threshold alone, and decision=%s".formatted(key, rule)));
        }
      }
      return rule.equals("argmax-calibrated")
          ? new DecisionConfig.Calibrated()
          : new DecisionConfig.Balanced();
    }
    if (costs ? named || recall || precision : !(named && recall != precision)) {
      throw new InvalidConfigException(
          List.of(
              "decision=threshold needs decision.costs alone, or decision.class with one of"
                  + " decision.recall and decision.precision"));
    }
    return costs
        ? new DecisionConfig.Costs(v.get(COSTS))
        : new DecisionConfig.Target(
            v.get(CLASS),
            recall ? DecisionConfig.Measure.RECALL : DecisionConfig.Measure.PRECISION,
            v.get(recall ? RECALL : PRECISION));
  }

  /** What is wrong with values that are right each by itself. */
  static List<String> problems(ServingConfig serving, JobTopics topics, List<String> classes) {
    List<String> problems = new ArrayList<>();
    String predictions = serving.predictionsTopic();
    if (topics.events().equals(predictions)) {
      problems.add("%s=%s: must not be the events topic".formatted(PREDICTIONS_TOPIC, predictions));
    } else if (predictions != null && topics.owns(predictions)) {
      problems.add(
          "%s=%s: must not be a topic that job=%s uses for itself"
              .formatted(PREDICTIONS_TOPIC, predictions, topics.job()));
    }
    int pairs = classes.size() * classes.size();
    if (serving.decision() instanceof DecisionConfig.Costs costs && costs.costs().size() != pairs) {
      problems.add(
          "%s has %d numbers: must have one for each pair of classes, %d"
              .formatted(COSTS, costs.costs().size(), pairs));
    }
    if (serving.decision() instanceof DecisionConfig.Target target
        && !classes.contains(target.name())) {
      problems.add("%s=%s: must be one of events.classes".formatted(CLASS, target.name()));
    }
    return problems;
  }
}
