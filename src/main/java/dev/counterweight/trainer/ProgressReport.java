package dev.counterweight.trainer;

import dev.counterweight.evaluation.Drift;
import dev.counterweight.evaluation.Metrics;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What a trainer tells of itself on {@code <job>.metrics}, as JSON of bounded size ({@link
 * BoundedReport}): how far it is, the metrics since the start ({@link Metrics#toMap}) and, in
 * window and fading, of the newest rows, changes of recall or prior found since the report before,
 * and what the newest record said of the classes. docs/trainer-reports.md lists every field. What
 * is undefined is absent.
 */
final class ProgressReport {
  private final String job;
  private final List<String> classes;
  private final long sinceMs;

  /**
   * @param sinceMs when this trainer took the lead: another value tells of a restart
   */
  ProgressReport(String job, List<String> classes, long sinceMs) {
    this.job = job;
    this.classes = classes;
    this.sinceMs = sinceMs;
  }

  /** The record's value. */
  byte[] toJson(
      TrainingRun run,
      long timeMs,
      long batchOffset,
      @Nullable TrainResult last,
      @Nullable String checkpoint,
      boolean done) {
    Progress progress = run.progress();
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("job", job);
    all.put("time_ms", timeMs);
    all.put("leading_since_ms", sinceMs);
    all.put("batch_offset", batchOffset);
    all.put("step", run.steps());
    all.put("events", progress.events());
    all.put("weights_version", progress.weightsVersion());
    all.putAll(run.evaluation().sinceStart().toMap(classes));
    all.put("window", run.evaluation().recent().toMap(classes));
    all.put("fading", run.evaluation().fading().toMap(classes));
    all.put("drifts", run.scoring().takeDrifts().stream().map(this::drift).toList());
    all.put("drawn_rows", Arrays.stream(progress.drawn()).sum());
    all.put("drawn", byClass(progress.drawn()));
    all.put("prior", byClass(progress.prior()));
    if (progress.uses().length > 0) {
      all.put("uses", byClass(progress.uses()));
    }
    all.put("covered", progress.spans());
    if (last != null) {
      putFinite(all, "loss", last.meanLoss());
      putFinite(all, "gradient_norm", last.gradientNorm());
    }
    if (checkpoint != null) {
      all.put("checkpoint", checkpoint);
    }
    all.put("done", done);
    return BoundedReport.toJson(all);
  }

  /** Values by class name. */
  Map<String, Double> byClass(float[] values) {
    double[] exact = new double[values.length];
    for (int c = 0; c < values.length; c++) {
      exact[c] = values[c];
    }
    return byClass(exact);
  }

  Map<String, Double> byClass(double[] values) {
    Map<String, Double> map = new LinkedHashMap<>();
    for (int c = 0; c < values.length; c++) {
      map.put(classes.get(c), values[c]);
    }
    return map;
  }

  /** One line for a log. */
  String line(TrainingRun run) {
    Metrics metrics = run.evaluation().sinceStart();
    OptionalDouble gmean = metrics.gmean();
    return "step %s, %s events, G-mean %s"
        .formatted(
            run.steps(),
            run.progress().events(),
            gmean.isPresent()
                ? String.format(Locale.ROOT, "%.3f", gmean.getAsDouble())
                : "not known yet");
  }

  /** The record's key: one job's reports stay in order. */
  byte[] key() {
    return job.getBytes(StandardCharsets.UTF_8);
  }

  private Map<String, Object> drift(Drift drift) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("of", drift.of().name().toLowerCase(Locale.ROOT));
    one.put("class", classes.get(drift.label()));
    one.put("before", drift.before());
    one.put("after", drift.after());
    return one;
  }

  private Map<String, Long> byClass(long[] values) {
    Map<String, Long> map = new LinkedHashMap<>();
    for (int c = 0; c < values.length; c++) {
      map.put(classes.get(c), values[c]);
    }
    return map;
  }

  private static void putFinite(Map<String, Object> all, String name, double value) {
    if (Double.isFinite(value)) {
      all.put(name, value);
    }
  }
}
