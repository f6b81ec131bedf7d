package dev.counterweight.trainer;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.ModelConfig;
import dev.counterweight.config.OptimizerConfig;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.evaluation.Prequential;
import dev.counterweight.learning.Arithmetic;
import dev.counterweight.loss.LossConfig;
import dev.counterweight.protocol.ByClass;
import dev.counterweight.protocol.KebabCase;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.protocol.RecentMetrics;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.serving.Calibrator;
import dev.counterweight.serving.DecisionConfig;
import dev.counterweight.serving.Mixture;
import dev.counterweight.serving.ServedProbabilities;
import dev.counterweight.serving.ServingConfig;
import java.time.Clock;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What checkpoint.json says of a job and of a run of it. */
final class CheckpointDescription {
  private static final String NO_ACTIVATION = "none";

  private final JobConfig config;
  private final Clock clock;
  private final String arithmetic;

  CheckpointDescription(JobConfig config, Clock clock) {
    this.config = config;
    this.clock = clock;
    this.arithmetic = Arithmetic.here();
  }

  /**
   * What checkpoint.json says of a run, without its files.
   *
   * @param parent name of the checkpoint before it, or null for the first
   */
  CheckpointManifest manifest(
      TrainingRun run,
      long batchOffset,
      StreamIdentity source,
      String writer,
      @Nullable String parent) {
    List<String> classes = config.events().schema().classes();
    Progress progress = run.progress();
    ServedProbabilities served = served(progress);
    return new CheckpointManifest(
        CheckpointManifest.FORMAT,
        config.job(),
        new CheckpointManifest.Position(run.steps(), batchOffset),
        new CheckpointManifest.Origin(
            writer,
            clock.instant().toString(),
            parent,
            run.device().equals("cpu") ? arithmetic : arithmetic + "; " + run.device()),
        new CheckpointManifest.Stream(source, progress.spans(), progress.end()),
        CheckpointManifest.SchemaEntry.of(config.events().schema()),
        training(config),
        serving(
            config.trainer().serving(),
            run.scoring().served().decisions().threshold(),
            decisionWeights(run, served, classes)),
        probabilities(run, served, classes),
        new CheckpointManifest.Shares(
            ByClass.of(classes, c -> (double) progress.prior()[c]),
            ByClass.of(classes, c -> (double) progress.classWeight()[c])),
        metrics(run.evaluation(), classes),
        new TreeMap<>());
  }

  /** All since the start, and of the newest rows what tells one checkpoint from another. */
  private static Map<String, Object> metrics(Prequential evaluation, List<String> classes) {
    Map<String, Object> all =
        new LinkedHashMap<>(NamedMetrics.of(evaluation.sinceStart(), classes).toMap());
    all.put(RecentMetrics.GROUP, RecentMetrics.of(evaluation, classes).toMap());
    return all;
  }

  /**
   * How decisions are made.
   *
   * @param decisionWeights by class; left out where the rule does not go by them
   */
  static CheckpointManifest.Serving serving(
      ServingConfig serving, @Nullable Double threshold, Map<String, Double> decisionWeights) {
    DecisionConfig rule = serving.decision();
    DecisionConfig.Target target = rule instanceof DecisionConfig.Target t ? t : null;
    boolean recall = target != null && target.measure() == DecisionConfig.Measure.RECALL;
    return new CheckpointManifest.Serving(
        serving.calibrate(),
        decision(rule),
        rule instanceof DecisionConfig.Costs costs ? costs.costs() : null,
        target == null ? null : target.name(),
        target != null && recall ? target.target() : null,
        target != null && !recall ? target.target() : null,
        threshold,
        rule.balances() ? decisionWeights : null);
  }

  /** What is no argmax is told by its costs or its target. */
  private static String decision(DecisionConfig rule) {
    return rule instanceof DecisionConfig.Target || rule instanceof DecisionConfig.Costs
        ? "threshold"
        : rule.rule();
  }

  /** As the next record is served. */
  private ServedProbabilities served(Progress progress) {
    ServedProbabilities served =
        ServedProbabilities.of(config.trainer().loss(), config.events().schema().classCount());
    served.observe(progress.prior(), progress.classWeight());
    return served;
  }

  private static Map<String, Double> decisionWeights(
      TrainingRun run, ServedProbabilities served, List<String> classes) {
    double[] weights = run.scoring().served().decisionWeights(served);
    return ByClass.of(classes, c -> weights[c]);
  }

  private CheckpointManifest.Probabilities probabilities(
      TrainingRun run, ServedProbabilities served, List<String> classes) {
    LossConfig loss = config.trainer().loss();
    LossConfig.Kind kind = loss.kind();
    Calibrator calibrator =
        config.trainer().serving().calibrate() ? run.scoring().served().calibrator() : null;
    float[] weights = served.weights();
    double[] biases = calibrator == null ? new double[0] : calibrator.biases(weights);
    return new CheckpointManifest.Probabilities(
        kind == LossConfig.Kind.FOCAL ? loss.gamma() : null,
        kind == LossConfig.Kind.LOGIT_ADJUSTED ? loss.tau() : null,
        smoothed(kind) ? loss.labelSmoothing() : null,
        kind == LossConfig.Kind.LDAM ? loss.ldamScale() : null,
        ByClass.of(classes, c -> (double) weights[c]),
        calibrator == null ? null : calibrator.temperature(),
        calibrator == null ? null : ByClass.of(classes, c -> biases[c]),
        mixture(run).orElse(null),
        run.scoring().forest().shares().orElse(null),
        config.events().recentLabels() ? run.scoring().recent().asOfNow(classes) : null);
  }

  /** What each network counts; not told of one alone. */
  static Optional<List<Double>> mixture(TrainingRun run) {
    Mixture mixture = run.scoring().mixture();
    return mixture.candidates() == 1
        ? Optional.empty()
        : Optional.of(Arrays.stream(mixture.shares()).boxed().toList());
  }

  private static boolean smoothed(LossConfig.Kind kind) {
    return kind == LossConfig.Kind.CROSS_ENTROPY || kind == LossConfig.Kind.LOGIT_ADJUSTED;
  }

  private static CheckpointManifest.Mixed mixed(ModelConfig model) {
    boolean alone = model.rates().equals(List.of(1.0)) && model.average() == 0;
    return new CheckpointManifest.Mixed(
        alone ? null : model.rates(),
        model.average() > 0 ? model.average() : null,
        model.candidates().guest() ? CheckpointManifest.Mixed.LINEAR : null,
        model.trees() > 0 ? model.trees() : null);
  }

  /** What the configuration says of model and training. */
  static CheckpointManifest.Training training(JobConfig config) {
    TrainerConfig trainer = config.trainer();
    OptimizerConfig optimizer = trainer.optimizer();
    boolean layered = trainer.model().kind() == ModelConfig.Kind.MLP;
    return new CheckpointManifest.Training(
        new CheckpointManifest.Layers(
            KebabCase.of(trainer.model().kind()),
            layered ? trainer.model().hidden() : List.of(),
            layered ? KebabCase.of(trainer.model().activation()) : NO_ACTIVATION,
            trainer.model().quantiles()),
        mixed(trainer.model()),
        new CheckpointManifest.Objective(
            KebabCase.of(trainer.loss().kind()), KebabCase.of(trainer.loss().reduction())),
        new CheckpointManifest.Updates(
            KebabCase.of(optimizer.kind()),
            optimizer.learningRate(),
            optimizer.beta1(),
            optimizer.beta2(),
            optimizer.momentum(),
            optimizer.weightDecay(),
            optimizer.gradientClip()),
        trainer.batchSize(),
        config.seed());
  }
}
