package dev.counterweight.config;

import dev.counterweight.event.Decimal;
import dev.counterweight.protocol.KebabCase;
import dev.counterweight.serving.DecisionConfig;
import dev.counterweight.serving.ServingConfig;
import java.util.List;
import java.util.Optional;

/** The keys of what is served, decided and told of each scored event. */
final class ServingKeys {
  static final KeyGroup KEYS = new KeyGroup("Serving and decisions");

  private static final Key<Boolean> CALIBRATE =
      KEYS.key("calibrate", true, Form.flag())
          .means(
              "Whether a temperature and a bias a class, fitted to what was scored, correct the"
                  + " served probabilities, and with them what is decided; those stay as learnt"
                  + " that decision=argmax-scores rests on.");
  private static final Key<DecisionConfig> DECISION =
      KEYS.key(
              "decision",
              "argmax-balanced",
              Form.of(
                  "one of argmax-balanced, argmax-scores, argmax-calibrated, recall(CLASS,SHARE) or"
                      + " precision(CLASS,SHARE) with a share above 0 and at most 1, costs(C,C,...)"
                      + " with numbers of at least 0, one of them above 0; a class with a comma in"
                      + " its name stands in double quotes",
                  text -> Call.parse(text).flatMap(ServingKeys::decision)))
          .means(
              "How a class is decided. argmax-balanced: the largest served probability times class"
                  + " weight, which by default gives all classes the same say; calibration counts"
                  + " in it as far as it told the newest rows of each class better than none, so"
                  + " that after a change decisions are soon right again. argmax-scores: the"
                  + " model's own largest score, as it was taught to weigh the classes; of a single"
                  + " network without calibration the same. argmax-calibrated: the largest served"
                  + " probability, for the fewest errors. recall(fraud,0.9): the class fraud from a"
                  + " threshold of its served probability on, which is moved to where 0.9 of its"
                  + " events were found, with as few false alarms as it takes, among what was"
                  + " scored; below it, the others are decided among as by argmax-balanced."
                  + " precision(fraud,0.5): alike, where 0.5 of the decisions for fraud were right;"
                  + " as many of it are found as that allows. costs(0,1,50,0): what it costs to"
                  + " decide for class j where i is true, row by row i, all K x K; the class of the"
                  + " least expected cost by the served probabilities is decided for. A class's"
                  + " name with a comma, or that begins with a quote, stands in double quotes, in"
                  + " which \"\" is a quote.");
  private static final Key<String> PREDICTIONS_TOPIC =
      KEYS.optional("evaluation.predictions.topic", Form.name(249))
          .means(
              "Topic that gets every scored event, as JSON: partition, offset, label, decision,"
                  + " weight, step, and the raw and served probability of each class. Created with"
                  + " one partition if absent. After a crash events may come again; none that a"
                  + " checkpoint knows of is missing. Default: none.");

  private ServingKeys() {}

  static ServingConfig read(Values v) {
    return new ServingConfig(
        v.get(CALIBRATE), v.get(DECISION), v.find(PREDICTIONS_TOPIC).orElse(null));
  }

  private static Optional<DecisionConfig> decision(Call call) {
    boolean plain = call.arguments().isEmpty();
    return switch (call.name()) {
      case "argmax-balanced" ->
          plain ? Optional.of(new DecisionConfig.Balanced()) : Optional.empty();
      case "argmax-scores" -> plain ? Optional.of(new DecisionConfig.Scores()) : Optional.empty();
      case "argmax-calibrated" ->
          plain ? Optional.of(new DecisionConfig.Calibrated()) : Optional.empty();
      case "recall" -> target(DecisionConfig.Measure.RECALL, call.arguments());
      case "precision" -> target(DecisionConfig.Measure.PRECISION, call.arguments());
      case "costs" -> Form.weights().read(call.arguments()).map(DecisionConfig.Costs::new);
      default -> Optional.empty();
    };
  }

  private static Optional<DecisionConfig> target(
      DecisionConfig.Measure measure, List<String> arguments) {
    if (arguments.size() != 2 || !Decimal.is(arguments.get(1))) {
      return Optional.empty();
    }
    double share = Decimal.parse(arguments.get(1));
    return share > 0 && share <= 1
        ? Optional.of(new DecisionConfig.Target(arguments.get(0), measure, share))
        : Optional.empty();
  }

  /** Looks at the rules between the keys. */
  static void check(JobConfig job, Problems problems) {
    ServingConfig serving = job.trainer().serving();
    List<String> classes = job.events().schema().classes();
    String predictions = serving.predictionsTopic();
    if (job.sources().stream().anyMatch(source -> source.topic().equals(predictions))) {
      problems.add(
          "%s=%s: must not be the events topic%s",
          PREDICTIONS_TOPIC, predictions, job.labels() == null ? "" : " or the labels'");
    } else {
      problems.requireForeign(PREDICTIONS_TOPIC, predictions, job.topics());
    }
    int pairs = classes.size() * classes.size();
    if (serving.decision() instanceof DecisionConfig.Costs costs && costs.costs().size() != pairs) {
      problems.add(
          "%s=costs(...) has %d numbers: must have one for each pair of classes, %d",
          DECISION, costs.costs().size(), pairs);
    }
    if (serving.decision() instanceof DecisionConfig.Target target
        && !classes.contains(target.name())) {
      problems.add(
          "%s=%s(%s,...): must name one of events.classes, %s",
          DECISION, KebabCase.of(target.measure()), target.name(), classes);
    }
  }
}
