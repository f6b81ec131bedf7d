package dev.counterweight.demo;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The demo's result as text: recall of each class by every job, then what sums them up. */
final class ResultTable {
  private ResultTable() {}

  static String of(ReportData data) {
    StringBuilder text = new StringBuilder(label("recall of class", "events"));
    data.jobs().keySet().forEach(job -> text.append(cell(job, job)));
    text.append(System.lineSeparator());
    data.counts()
        .forEach(
            (name, count) ->
                row(
                    text,
                    label(name, String.format(Locale.ROOT, "%,d", count)),
                    data,
                    point -> point.recall().get(name)));
    row(text, label("G-mean", ""), data, MetricsPoint::gmean);
    row(text, label("balanced accuracy", ""), data, MetricsPoint::balancedAccuracy);
    return text.toString();
  }

  /**
   * Both jobs' G-mean on a line; short where a progress bar leaves little room. Of a job that has
   * not seen every class yet it would say that the rest are learnt: a dash then, and nothing while
   * neither has.
   */
  static String gmeans(
      @Nullable MetricsPoint natural, @Nullable MetricsPoint rebalanced, boolean small) {
    Double left = gmean(natural);
    Double right = gmean(rebalanced);
    return left == null && right == null
        ? ""
        : (small ? "G-mean %s | %s" : "G-mean natural %s, rebalanced %s")
            .formatted(number(left), number(right));
  }

  private static @Nullable Double gmean(@Nullable MetricsPoint point) {
    return point == null || point.recall().size() < Shuttle.CLASSES.size() ? null : point.gmean();
  }

  /** Three decimals, or a dash for what is not defined. */
  static String number(@Nullable Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static void row(
      StringBuilder text,
      String label,
      ReportData data,
      Function<MetricsPoint, @Nullable Double> figure) {
    text.append(label);
    data.jobs().forEach((job, history) -> text.append(cell(job, number(history.newest(figure)))));
    text.append(System.lineSeparator());
  }

  private static String label(String name, String events) {
    return String.format(Locale.ROOT, "%-20s %10s", name, events);
  }

  private static String cell(String job, String text) {
    return " " + " ".repeat(Math.max(0, Math.max(10, job.length() + 2) - text.length())) + text;
  }
}
