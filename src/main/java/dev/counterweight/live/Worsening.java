package dev.counterweight.live;

import dev.counterweight.evaluation.Interval;
import dev.counterweight.live.Alerts.Alert;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.protocol.TrainerReport.FeatureShare;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Drift in words: which class is recognised worse than it was, which feature is missing or new, and
 * since when, by the trainer's reports. Owned by {@link Alerts}.
 */
final class Worsening {
  /** So many of a kind are told. */
  private static final int OF_A_KIND = 2;

  /** A class that has fewer rows of late is not judged by them. */
  private static final long LEAST_ROWS = 20;

  /** It has stood for so long before it is told: one report may be chance. */
  private static final long STANDS_MS = 30_000;

  private static final double RECALL_FELL = 0.2;
  private static final double HARDLY = 0.2;
  private static final double LOSS_MORE = 0.5;
  private static final double LOSS_LEAST = 0.02;
  private static final long CHANGE_TOLD_MS = 1_800_000;

  private static final Rise MISSING =
      new Rise(
          "missing",
          0.2,
          "CounterweightFeatureMissing",
          FeatureShare::missing,
          FeatureShare::missingSinceStart);
  private static final Rise UNSEEN =
      new Rise(
          "unseen",
          0.1,
          "CounterweightCategoriesUnseen",
          FeatureShare::unseen,
          FeatureShare::unseenSinceStart);

  private final Standing standing;

  /**
   * What of a feature rises.
   *
   * @param least by which it is told, from that since the start to that of late
   */
  private record Rise(
      String name,
      double least,
      String runbook,
      Function<FeatureShare, @Nullable Double> lately,
      Function<FeatureShare, @Nullable Double> before) {
    double by(FeatureShare share) {
      Double now = lately.apply(share);
      Double then = before.apply(share);
      return now == null || then == null ? 0 : now - then;
    }
  }

  /** A class's recall, lately and since the start. */
  private record Fall(String label, double lately, double before) {
    double by() {
      return before - lately;
    }
  }

  Worsening(Standing standing) {
    this.standing = standing;
  }

  void look(List<Alert> found, JobView view, long nowMs) {
    TrainerReport report = view.report();
    if (report == null) {
      return;
    }
    recall(found, report, nowMs);
    loss(found, report, nowMs);
    shares(found, report, nowMs, MISSING);
    shares(found, report, nowMs, UNSEEN);
    changes(found, view, nowMs);
  }

  private void recall(List<Alert> found, TrainerReport report, long nowMs) {
    NamedMetrics lately = report.window();
    String rarest =
        lately.evaluated().entrySet().stream()
            .filter(rows -> rows.getValue() >= LEAST_ROWS)
            .min(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey)
            .orElse("");
    Interval interval = lately.recallInterval().get(rarest);
    boolean hardly = interval != null && interval.high() < HARDLY;
    long hardlyMs = standing.is("hardly", hardly, nowMs);
    if (interval != null && hardly && nowMs - hardlyMs > STANDS_MS) {
      String words =
          "%s is hardly recognised: recall %s of its newest %s events (%s to %s)."
              .formatted(
                  Words.cut(rarest),
                  Words.ratio(lately.decisions().recall().getOrDefault(rarest, 0.0)),
                  Words.whole(lately.evaluated().getOrDefault(rarest, 0L)),
                  Words.ratio(interval.low()),
                  Words.ratio(interval.high()));
      found.add(new Alert("wait", words, hardlyMs, "CounterweightDrift"));
    }
    falls(report)
        .filter(fall -> !hardly || !fall.label().equals(rarest))
        .forEach(fall -> fell(found, fall, nowMs));
    standing.keepOnly("fell ", falls(report).map(Fall::label).toList());
  }

  private void fell(List<Alert> found, Fall fall, long nowMs) {
    long sinceMs = standing.is("fell " + fall.label(), true, nowMs);
    if (nowMs - sinceMs > STANDS_MS) {
      String words =
          "Recall of %s is %s of late, and was %s since the start."
              .formatted(
                  Words.cut(fall.label()), Words.ratio(fall.lately()), Words.ratio(fall.before()));
      found.add(new Alert("wait", words, sinceMs, "CounterweightDrift"));
    }
  }

  /** The classes whose recall fell most. */
  private static Stream<Fall> falls(TrainerReport report) {
    Map<String, Double> before = report.sinceStart().decisions().recall();
    Map<String, Long> rows = report.window().evaluated();
    return report.window().decisions().recall().entrySet().stream()
        .filter(lately -> rows.getOrDefault(lately.getKey(), 0L) >= LEAST_ROWS)
        .map(
            lately ->
                new Fall(
                    lately.getKey(),
                    lately.getValue(),
                    before.getOrDefault(lately.getKey(), Double.NaN)))
        .filter(fall -> fall.by() >= RECALL_FELL)
        .sorted(Comparator.comparingDouble(fall -> -fall.by()))
        .limit(OF_A_KIND);
  }

  private void loss(List<Alert> found, TrainerReport report, long nowMs) {
    Double lately = report.window().probabilities().logLoss();
    Double before = report.sinceStart().probabilities().logLoss();
    boolean worse =
        lately != null && before != null && lately > LOSS_LEAST + (1 + LOSS_MORE) * before;
    long sinceMs = standing.is("loss", worse, nowMs);
    if (worse && nowMs - sinceMs > STANDS_MS) {
      String words =
          "Log loss is %.3f of late, and was %.3f since the start.".formatted(lately, before);
      found.add(new Alert("wait", words, sinceMs, "CounterweightDrift"));
    }
  }

  private void shares(List<Alert> found, TrainerReport report, long nowMs, Rise kind) {
    List<Map.Entry<String, FeatureShare>> risen =
        report.features().entrySet().stream()
            .filter(of -> kind.by(of.getValue()) > kind.least())
            .sorted(Comparator.comparingDouble(of -> -kind.by(of.getValue())))
            .limit(OF_A_KIND)
            .toList();
    standing.keepOnly(kind.name() + " ", risen.stream().map(Map.Entry::getKey).toList());
    for (Map.Entry<String, FeatureShare> of : risen) {
      long sinceMs = standing.is(kind.name() + " " + of.getKey(), true, nowMs);
      if (nowMs - sinceMs > STANDS_MS) {
        String words =
            "%s is %s in %s of the events of late, and was in %s since the start."
                .formatted(
                    Words.cut(of.getKey()),
                    kind.name(),
                    Words.percent(Objects.requireNonNull(kind.lately().apply(of.getValue()))),
                    Words.percent(Objects.requireNonNull(kind.before().apply(of.getValue()))));
        found.add(new Alert("wait", words, sinceMs, kind.runbook()));
      }
    }
  }

  /** What the trainer's detector found of late, the newest first. */
  private static void changes(List<Alert> found, JobView view, long nowMs) {
    List<Marks.Mark> marks = view.marks();
    Set<String> told = new HashSet<>();
    for (int i = marks.size() - 1; i >= 0 && told.size() < OF_A_KIND; i--) {
      Marks.Mark mark = marks.get(i);
      boolean lately = mark.kind().equals("drift") && nowMs - mark.timeMs() < CHANGE_TOLD_MS;
      if (lately && told.add(mark.of())) {
        String words = "A change was found: %s.".formatted(mark.words());
        found.add(new Alert("info", words, mark.timeMs(), "CounterweightChangeFound"));
      }
    }
  }
}
