package dev.counterweight.demo;

import dev.counterweight.demo.PaymentsReportData.Learner;
import dev.counterweight.demo.PaymentsReportData.Moments;
import dev.counterweight.payments.Estimate;
import dev.counterweight.payments.RecallOverTime.Found;
import dev.counterweight.payments.RecallOverTime.Stretch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the script of the payments' report draws. What is not known is null, not a number. */
final class PaymentsPlots {
  /** Kinds of fraud, as the plot names them, and where a stretch of time tells of each. */
  private static final Map<String, Function<Stretch, Found>> KINDS = kinds();

  private PaymentsPlots() {}

  /** A point of a plot, with its interval where it has one. */
  record Point(
      @Nullable Double x, @Nullable Double y, @Nullable Double low, @Nullable Double high) {
    static Point of(double x, Estimate y) {
      return new Point(known(x), known(y.value()), known(y.low()), known(y.high()));
    }

    private static @Nullable Double known(double value) {
      return Double.isFinite(value) ? (Double) value : null;
    }
  }

  static Map<String, Object> of(PaymentsReportData data) {
    Map<String, Object> root = new LinkedHashMap<>();
    Moments moments = data.moments();
    root.put("startMs", moments.startMs());
    root.put("endMs", moments.endMs());
    root.put("newPatternMs", moments.newPatternMs());
    root.put("newPatternLabelMs", moments.newPatternLabelMs());
    root.put("burstMs", moments.burstMs());
    root.put("burstEndMs", moments.burstEndMs());
    root.put("patterns", KINDS.keySet());
    root.put("learners", data.learners().stream().map(one -> learner(one, moments)).toList());
    root.put("delays", data.labels().days());
    root.put("features", data.features());
    return root;
  }

  private static Map<String, Object> learner(Learner one, Moments moments) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("name", one.name());
    shown.put(
        "curve",
        one.last().curve().stream().map(p -> Point.of(p.recall(), p.precision())).toList());
    shown.put(
        "reliability",
        one.last().reliability().stream().map(b -> Point.of(b.probability(), b.frauds())).toList());
    shown.put("saved", Point.of(0, one.last().saved()));
    Map<String, List<Point>> over = new LinkedHashMap<>();
    over.put("all", over(one, moments, Stretch::all));
    over.put("newPattern", over(one, moments, Stretch::newPattern));
    shown.put("overTime", over);
    List<Point> patterns = new ArrayList<>();
    KINDS
        .values()
        .forEach(
            kind ->
                patterns.add(
                    Point.of(
                        0,
                        one.overTime()
                            .found(moments.settledMs(), moments.endMs(), kind)
                            .recall())));
    shown.put("patterns", patterns);
    return shown;
  }

  private static List<Point> over(Learner one, Moments moments, Function<Stretch, Found> kind) {
    double dayMs = TimeUnit.DAYS.toMillis(1);
    return one.overTime().stretches().stream()
        .map(
            stretch ->
                Point.of(
                    ((stretch.fromMs() + stretch.toMs()) / 2.0 - moments.startMs()) / dayMs,
                    kind.apply(stretch).recall()))
        .toList();
  }

  private static Map<String, Function<Stretch, Found>> kinds() {
    Map<String, Function<Stretch, Found>> kinds = new LinkedHashMap<>();
    kinds.put("known before", Stretch::known);
    kinds.put("new pattern", Stretch::newPattern);
    kinds.put("burst", Stretch::burst);
    return kinds;
  }
}
