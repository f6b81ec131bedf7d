package dev.counterweight.demo;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The demo's result as text: recall of each class by both jobs, then what sums them up. */
final class ResultTable {
  private static final String ROW = "%-20s %10s %10s %12s%n";

  private ResultTable() {}

  static String of(ReportData data) {
    MetricsPoint natural = data.natural().latest();
    MetricsPoint rebalanced = data.rebalanced().latest();
    StringBuilder text = new StringBuilder();
    text.append(row("recall of class", "events", "natural", "rebalanced"));
    data.counts()
        .forEach(
            (name, count) ->
                text.append(
                    row(
                        name,
                        String.format(Locale.ROOT, "%,d", count),
                        number(natural == null ? null : natural.recall().get(name)),
                        number(rebalanced == null ? null : rebalanced.recall().get(name)))));
    text.append(
        row(
            "G-mean",
            "",
            number(natural == null ? null : natural.gmean()),
            number(rebalanced == null ? null : rebalanced.gmean())));
    text.append(
        row(
            "balanced accuracy",
            "",
            number(natural == null ? null : natural.balancedAccuracy()),
            number(rebalanced == null ? null : rebalanced.balancedAccuracy())));
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

  private static String row(String name, String count, String natural, String rebalanced) {
    return String.format(Locale.ROOT, ROW, name, count, natural, rebalanced);
  }
}
