package dev.counterweight.trainer;

import dev.counterweight.evaluation.Drift;
import dev.counterweight.protocol.ByClass;
import dev.counterweight.protocol.KebabCase;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.protocol.TrainerReport;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a trainer's reports of its run.
 *
 * @param leadingSinceMs when this trainer took the lead
 */
record ProgressReport(String job, List<String> classes, long leadingSinceMs) {

  /** The run as it stands; changes that it found are told once. */
  TrainerReport of(
      TrainingRun run,
      long timeMs,
      long batchOffset,
      @Nullable TrainResult last,
      @Nullable String checkpoint,
      boolean done) {
    Progress progress = run.progress();
    return new TrainerReport(
        job,
        timeMs,
        leadingSinceMs,
        new TrainerReport.Position(
            batchOffset, run.steps(), progress.events(), progress.weightsVersion()),
        run.scoring().decisions().rule(),
        NamedMetrics.of(run.evaluation().sinceStart(), classes),
        NamedMetrics.of(run.evaluation().recent(), classes),
        NamedMetrics.of(run.evaluation().fading(), classes),
        run.scoring().takeDrifts().stream().map(this::change).toList(),
        features(run.featureShares()),
        run.candidateShares(),
        run.forestPowers(),
        draws(progress),
        last == null
            ? new TrainerReport.Steps(null, null)
            : TrainerReport.Steps.of(last.meanLoss(), last.gradientNorm()),
        checkpoint,
        done);
  }

  /** Of very many, those that changed most. */
  static Map<String, TrainerReport.FeatureShare> features(FeatureShares shares) {
    return TrainerReport.FeatureShare.most(shares.shares(), TrainerReport.MAX_FEATURES);
  }

  private TrainerReport.Draws draws(Progress progress) {
    float[] uses = progress.uses();
    return new TrainerReport.Draws(
        Arrays.stream(progress.drawn()).sum(),
        ByClass.of(classes, c -> progress.drawn()[c]),
        ByClass.of(classes, c -> (double) progress.prior()[c]),
        uses.length == 0 ? Map.of() : ByClass.of(classes, c -> (double) uses[c]),
        progress.spans());
  }

  private TrainerReport.Change change(Drift drift) {
    return new TrainerReport.Change(
        KebabCase.of(drift.of()), classes.get(drift.label()), drift.before(), drift.after());
  }
}
