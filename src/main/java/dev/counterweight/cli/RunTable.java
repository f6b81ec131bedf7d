package dev.counterweight.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a run came to, as a table: each class's events counted and scored, recall and precision,
 * then sums. Recall is of the events scored: evaluation.share of them, those refused apart. Before
 * it, where labels come later, what became of the events that were to be joined with them; after
 * it, of those that a scorer was to answer.
 */
final class RunTable {
  private static final String ROW = "%-24s %12s %9s %9s %9s%n";

  /** What the joiner says of its events, in the words of the table. */
  private static final Map<String, String> JOINED = new LinkedHashMap<>();

  static {
    JOINED.put("labelled", "labelled");
    JOINED.put("matched", "  with their label");
    JOINED.put("unlabelled", "  as labels.missing");
    JOINED.put("corrected", "  again, corrected");
    JOINED.put("dropped", "dropped, without a label");
    JOINED.put("waiting", "waiting for their label");
  }

  private RunTable() {}

  /**
   * The table of a summary; empty where this process neither joined, counted, trained nor scored.
   *
   * @param summary as {@code --summary} writes it
   */
  static String of(Map<String, Object> summary) {
    Map<?, ?> counts = map(summary.get("counts"));
    Map<?, ?> metrics = map(summary.get("metrics"));
    Map<?, ?> recall = map(metrics.get("recall"));
    Map<?, ?> precision = map(metrics.get("precision"));
    Map<?, ?> scored = map(metrics.get("evaluated"));
    String joined = joined(summary);
    if (counts.isEmpty() && recall.isEmpty()) {
      return joined + answered(summary);
    }
    StringBuilder table =
        new StringBuilder(joined).append(row("class", "events", "scored", "recall", "precision"));
    Iterable<?> classes = counts.isEmpty() ? new TreeSet<>(recall.keySet()) : counts.keySet();
    for (Object name : classes) {
      table.append(
          row(
              name.toString(),
              number(counts.get(name)),
              number(scored.get(name)),
              share(recall.get(name)),
              share(precision.get(name))));
    }
    if (metrics.get("gmean") != null) {
      table.append(row("G-mean", "", "", share(metrics.get("gmean")), ""));
      table.append(row("balanced accuracy", "", "", share(metrics.get("balanced_accuracy")), ""));
      if (summary.get("decision") instanceof String rule) {
        table.append("decided by ").append(rule).append('\n');
      }
    }
    return table.append(answered(summary)).toString();
  }

  private static String answered(Map<String, Object> summary) {
    return summary.containsKey("scores")
        ? row("answered", "events", "", "", "")
            + row("scored", number(summary.get("scores")), "", "", "")
            + row("dead letters", number(summary.get("scores_dead_letters")), "", "", "")
        : "";
  }

  private static String joined(Map<String, Object> summary) {
    if (!summary.containsKey("labelled")) {
      return "";
    }
    StringBuilder table = new StringBuilder(row("joined", "events", "", "", ""));
    JOINED.forEach((key, words) -> table.append(row(words, number(summary.get(key)), "", "", "")));
    return table.toString();
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  /** Three decimals, or a dash for what is not defined. */
  private static String share(@Nullable Object value) {
    return value instanceof Number number
        ? String.format(Locale.ROOT, "%.3f", number.doubleValue())
        : "-";
  }

  private static String number(@Nullable Object value) {
    return value instanceof Number number
        ? String.format(Locale.ROOT, "%,d", number.longValue())
        : "";
  }

  private static String row(
      String name, String events, String scored, String recall, String precision) {
    return String.format(Locale.ROOT, ROW, name, events, scored, recall, precision);
  }
}
