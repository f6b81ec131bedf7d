package dev.counterweight.quality;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How soon a job is good again after what tells the classes changed: decisions by how many events
 * ago the last change was, those of all changes together. Not thread-safe.
 */
final class Recovery {
  private static final int STEP = 100;

  /** Steps whose recalls are taken together. */
  private static final int WINDOW = 2;

  /** Steps before a change that tell what was had. */
  private static final int BEFORE = 20;

  /** Share of it that is enough. */
  private static final double ENOUGH = 0.9;

  private final int kept;
  private final double[][] rows;
  private final double[][] hits;

  /**
   * @param kept events between two changes, the first of which comes after as many
   */
  Recovery(int classes, int kept) {
    this.kept = kept;
    this.rows = new double[kept / STEP][classes];
    this.hits = new double[kept / STEP][classes];
  }

  /** Takes a decision. Those of the first events, of a model that knows nothing, tell nothing. */
  void decided(long offset, int label, boolean right) {
    if (offset >= kept) {
      int step = (int) (offset % kept) / STEP;
      rows[step][label]++;
      hits[step][label] += right ? 1 : 0;
    }
  }

  /** Several jobs' together; null of none. */
  static @Nullable Recovery of(List<Recovery> all) {
    if (all.isEmpty()) {
      return null;
    }
    Recovery first = all.get(0);
    Recovery sum = new Recovery(first.rows[0].length, first.kept);
    for (Recovery one : all) {
      for (int step = 0; step < sum.rows.length; step++) {
        for (int c = 0; c < sum.rows[step].length; c++) {
          sum.rows[step][c] += one.rows[step][c];
          sum.hits[step][c] += one.hits[step][c];
        }
      }
    }
    return sum;
  }

  /** A class's recall in the last events before a change. */
  double recallBefore(int c) {
    return recall(rows.length - BEFORE, rows.length, c);
  }

  /** G-mean in the last events before a change. */
  double gmeanBefore() {
    return gmean(rows.length - BEFORE, rows.length);
  }

  /** Events after a change until a class's recall is near what it was; empty if it never is. */
  OptionalInt recallBack(int c) {
    double enough = ENOUGH * recallBefore(c);
    return first((from, to) -> recall(from, to, c), enough);
  }

  /** Events after a change until the G-mean is near what it was; empty if it never is. */
  OptionalInt gmeanBack() {
    return first(this::gmean, ENOUGH * gmeanBefore());
  }

  /** In a line, of the rarest class and of all. */
  String told(List<String> classes, String rarest) {
    int c = classes.indexOf(rarest);
    return String.format(
        Locale.ROOT,
        "before a change recall of %s %.3f, G-mean %.3f; 0.9 of it again after %s and %s events",
        rarest,
        recallBefore(c),
        gmeanBefore(),
        told(recallBack(c)),
        told(gmeanBack()));
  }

  private static String told(OptionalInt events) {
    return events.isPresent() ? Integer.toString(events.getAsInt()) : "more";
  }

  private interface Figure {
    double over(int from, int to);
  }

  private OptionalInt first(Figure figure, double enough) {
    for (int end = WINDOW; end <= rows.length; end++) {
      if (figure.over(end - WINDOW, end) >= enough) {
        return OptionalInt.of(end * STEP);
      }
    }
    return OptionalInt.empty();
  }

  private double recall(int from, int to, int c) {
    double n = Arrays.stream(rows, from, to).mapToDouble(row -> row[c]).sum();
    return n > 0 ? Arrays.stream(hits, from, to).mapToDouble(row -> row[c]).sum() / n : 0;
  }

  private double gmean(int from, int to) {
    int classes = rows[0].length;
    double product = 1;
    for (int c = 0; c < classes; c++) {
      product *= recall(from, to, c);
    }
    return Math.pow(product, 1.0 / classes);
  }
}
