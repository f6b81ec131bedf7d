package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;

import dev.counterweight.protocol.JobTopics;
import dev.counterweight.serving.ServingConfig;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of what is served, decided and told of each scored event. */
final class ScoringKeys {
  static final String CALIBRATE = "calibrate";
  static final String PREDICTIONS_TOPIC = "evaluation.predictions.topic";

  static final String DECISION = "decision";
  static final String DECISION_COSTS = "decision.costs";
  static final String DECISION_CLASS = "decision.class";
  static final String DECISION_RECALL = "decision.recall";
  static final String DECISION_PRECISION = "decision.precision";

  private ScoringKeys() {}

  static void declare(ConfigDef def) {
    key(
        def,
        CALIBRATE,
        Type.BOOLEAN,
        true,
        ConfigDef.LambdaValidator.with((name, value) -> {}, () -> "true or false"),
        "Whether a temperature and a bias a class, fitted to what was scored, correct the served "
            + "probabilities; those stay as learnt that decision=argmax-balanced rests on.");
    decision(def);
    key(
        def,
        PREDICTIONS_TOPIC,
        Type.STRING,
        null,
        Rule.name(249),
        "Topic that gets every scored event, as JSON: partition, offset, label, decision, weight,"
            + " step, and the raw and served probability of each class. Created with one partition"
            + " if absent. After a crash events may come again; none that a checkpoint knows of is"
            + " missing. Default: none.");
  }

  private static void decision(ConfigDef def) {
    key(
        def,
        DECISION,
        Type.STRING,
        "argmax-balanced",
        Rule.oneOf("argmax-balanced", "argmax-calibrated", "threshold"),
        "How a class is decided. argmax-balanced: the model's own largest score, as it was taught"
            + " to weigh the classes. argmax-calibrated: the largest served probability, for the"
            + " fewest errors. threshold: by decision.costs, or by decision.class and its target.");
    key(
        def,
        DECISION_COSTS,
        Type.LIST,
        null,
        Rule.weights(),
        "decision=threshold: what it costs to decide for class j where i is true, row by row i, all"
            + " K x K. The class of the least expected cost by the served probabilities is decided"
            + " for.");
    key(
        def,
        DECISION_CLASS,
        Type.STRING,
        null,
        Rule.notBlank(),
        "decision=threshold: class decided for from a threshold of its served probability on, which"
            + " is moved to where decision.recall or decision.precision was met on what was scored;"
            + " below it, the largest own score of the others decides.");
    key(
        def,
        DECISION_RECALL,
        Type.DOUBLE,
        null,
        Rule.range(0, false, 1),
        "decision=threshold: share of decision.class to find, with as few false alarms as it"
            + " takes.");
    key(
        def,
        DECISION_PRECISION,
        Type.DOUBLE,
        null,
        Rule.range(0, false, 1),
        "decision=threshold: share of the decisions for decision.class that shall be right; as many"
            + " of it are found as that allows.");
  }

  static ServingConfig read(Values v) {
    return new ServingConfig(
        v.flag(CALIBRATE),
        DecisionRules.read(v),
        v.has(PREDICTIONS_TOPIC) ? v.text(PREDICTIONS_TOPIC) : null);
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
    problems.addAll(DecisionRules.problems(serving.decision(), classes));
    return problems;
  }
}
