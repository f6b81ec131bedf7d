package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of what is served, decided and told of each scored event. */
final class ScoringKeys {
  static final String CALIBRATE = "calibrate";
  static final String PREDICTIONS_TOPIC = "evaluation.predictions.topic";

  private ScoringKeys() {}

  static void declare(ConfigDef def) {
    key(
        def,
        CALIBRATE,
        Type.BOOLEAN,
        true,
        ConfigDef.LambdaValidator.with((name, value) -> {}, () -> "true or false"),
        "Whether a temperature and a bias a class, fitted to what was scored, correct the served "
            + "probabilities; decisions stay as they are.");
    key(
        def,
        PREDICTIONS_TOPIC,
        Type.STRING,
        null,
        Rule.name(249),
        "Topic that gets every scored event, as JSON: partition, offset, label, decision, weight, step, "
            + "and the raw and served probability of each class. Created with one partition if absent. "
            + "After a crash events may come again; none that a checkpoint knows of is missing. "
            + "Default: none.");
  }

  static ServingConfig read(Values v) {
    return new ServingConfig(
        v.flag(CALIBRATE), v.has(PREDICTIONS_TOPIC) ? v.text(PREDICTIONS_TOPIC) : null);
  }

  /** What is wrong with values that are right each by itself. */
  static List<String> problems(ServingConfig serving, EventsConfig events) {
    List<String> problems = new ArrayList<>();
    if (events.topic().equals(serving.predictionsTopic())) {
      problems.add(
          "%s=%s: must not be the events topic".formatted(PREDICTIONS_TOPIC, events.topic()));
    }
    return problems;
  }
}
