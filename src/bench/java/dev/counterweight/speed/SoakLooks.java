package dev.counterweight.speed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What was seen of a job in the course of a soak, and what grew. Owned by one thread. */
final class SoakLooks {
  /** Share of the looks in which a measure has to be known. */
  private static final double KNOWN = 0.9;

  private final List<Look> all = new ArrayList<>();

  /**
   * What was seen at a moment of the steady load.
   *
   * @param hours since its begin
   */
  private record Look(double hours, Map<String, Double> measures) {
    /** Not where the job did not answer in time, or a role does not know its lag. */
    boolean knows(String name) {
      return Double.isFinite(of(name));
    }

    double of(String name) {
      return measures.getOrDefault(name, Double.NaN);
    }
  }

  /**
   * What grew.
   *
   * @param flat whether every measure was known, and none grew
   * @param table in Markdown, a row for each measure
   */
  record Verdict(boolean flat, String table) {}

  void add(double hours, Map<String, Double> measures) {
    all.add(new Look(hours, measures));
  }

  /** In the order in which they were first seen: a look may lack some, as where a role starts. */
  private Set<String> measures() {
    Set<String> names = new LinkedHashSet<>();
    all.forEach(look -> names.addAll(look.measures().keySet()));
    return names;
  }

  /** A line for each look, and one of names before them. */
  List<String> csv() {
    Set<String> names = measures();
    List<String> lines = new ArrayList<>(List.of("hours;" + String.join(";", names)));
    for (Look look : all) {
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%.5f", look.hours()));
      names.forEach(name -> line.append(';').append(look.of(name)));
      lines.add(line.toString());
    }
    return lines;
  }

  /**
   * Of the looks behind the first.
   *
   * @param warm share of them that is left out
   */
  Verdict after(double warm) {
    List<Look> late = all.subList((int) (warm * all.size()), all.size());
    StringBuilder table =
        new StringBuilder(
            "| measure | mean | least | most | slope an hour, 95 % | |\n"
                + "| --- | --- | --- | --- | --- | --- |\n");
    boolean flat = true;
    for (String name : measures()) {
      flat &= tell(name, late, table);
    }
    return new Verdict(flat, table.toString());
  }

  /**
   * Adds a measure's row.
   *
   * @return whether the measure is known and flat
   */
  private static boolean tell(String name, List<Look> late, StringBuilder table) {
    List<Look> known = late.stream().filter(look -> look.knows(name)).toList();
    if (known.size() < Math.max(3, KNOWN * late.size())) {
      table.append(
          "| %s | | | | | **known in %d of %d looks** |%n"
              .formatted(name, known.size(), late.size()));
      return false;
    }
    double[] hours = known.stream().mapToDouble(Look::hours).toArray();
    double[] values = known.stream().mapToDouble(look -> look.of(name)).toArray();
    Trend trend = Trend.of(hours, values);
    table.append(
        String.format(
            Locale.ROOT,
            "| %s | %.1f | %.1f | %.1f | %s | %s |%n",
            name,
            trend.mean(),
            Arrays.stream(values).min().orElse(Double.NaN),
            Arrays.stream(values).max().orElse(Double.NaN),
            trend,
            trend.flat() ? "flat" : "**grows**"));
    return trend.flat();
  }
}
