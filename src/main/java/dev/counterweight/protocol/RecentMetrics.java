package dev.counterweight.protocol;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.counterweight.evaluation.Confusion;
import dev.counterweight.evaluation.Interval;
import dev.counterweight.evaluation.Metrics;
import dev.counterweight.evaluation.Prequential;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How sure it is how well the newest rows were scored: the group {@value #GROUP} of a checkpoint's
 * metrics, by which two checkpoints can be told apart. Names in the file are those of the
 * components here, in snake case.
 *
 * @param logLoss of served probabilities, in nats; null where nothing was scored
 * @param logLossInterval 95 %; null of fewer than two rows
 * @param recall by class, of those that have rows
 * @param recallInterval the same, 95 %
 * @param share of the rows that are of a class, by class: of the stream, however often its events
 *     are evaluated
 * @param shareInterval the same, 95 %
 * @param evaluated rows by class
 */
public record RecentMetrics(
    @Nullable Double logLoss,
    @Nullable Interval logLossInterval,
    Map<String, Double> recall,
    Map<String, Interval> recallInterval,
    Map<String, Double> share,
    Map<String, Interval> shareInterval,
    Map<String, Long> evaluated) {

  /** What the group is called among the metrics. */
  public static final String GROUP = "recent";

  public RecentMetrics {
    recall = NamedMetrics.orEmpty(recall);
    recallInterval = NamedMetrics.orEmpty(recallInterval);
    share = NamedMetrics.orEmpty(share);
    shareInterval = NamedMetrics.orEmpty(shareInterval);
    evaluated = NamedMetrics.orEmpty(evaluated);
  }

  /**
   * Of the newest rows of an evaluation.
   *
   * @param classes label values in class order
   */
  public static RecentMetrics of(Prequential evaluation, List<String> classes) {
    Metrics recent = evaluation.recent();
    Confusion confusion = recent.confusion();
    return new RecentMetrics(
        NamedMetrics.orNull(recent.logLoss()),
        evaluation.recentLogLoss().orElse(null),
        ByClass.of(classes, c -> NamedMetrics.orNull(confusion.recall(c))),
        ByClass.of(classes, c -> confusion.recallInterval(c).orElse(null)),
        ByClass.of(classes, c -> NamedMetrics.orNull(confusion.prevalence(c))),
        ByClass.of(classes, c -> confusion.prevalenceInterval(c).orElse(null)),
        ByClass.of(classes, c -> confusion.rows()[c]));
  }

  /** Those among a checkpoint's metrics; empty in one from before they were told. */
  public static Optional<RecentMetrics> in(Map<String, Object> metrics) {
    Object group = metrics.get(GROUP);
    return group == null
        ? Optional.empty()
        : Optional.of(NamedMetrics.JSON.convertValue(group, RecentMetrics.class));
  }

  /** As a JSON object's fields. */
  public Map<String, Object> toMap() {
    return NamedMetrics.JSON.convertValue(this, new TypeReference<>() {});
  }
}
