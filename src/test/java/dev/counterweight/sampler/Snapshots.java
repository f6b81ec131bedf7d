package dev.counterweight.sampler;

import dev.counterweight.event.Schema;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.Snapshot;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.IntStream;

/** Snapshots made by hand. */
public final class Snapshots {
  private Snapshots() {}

  /** A snapshot with these counts and weights, importance one. */
  public static Snapshot of(double[] n, double[] weights) {
    return of(n, n, weights);
  }

  public static Snapshot of(double[] n, double[] weighted, double[] weights) {
    double total = Arrays.stream(n).sum();
    return new Snapshot(
        "fraud",
        7,
        0,
        IntStream.range(0, n.length).mapToObj(c -> "c" + c).toList(),
        new ClassCounts(Arrays.stream(n).mapToLong(Math::round).toArray(), n, weighted),
        Arrays.stream(n).map(count -> total > 0 ? count / total : 0).toArray(),
        weights,
        new Snapshot.Formula("balanced", Map.of()),
        Snapshot.Offsets.NONE,
        new StreamIdentity("cluster", "topic"),
        null);
  }

  /** The counts and weights of one snapshot in another of a job's. */
  public static Snapshot of(
      Snapshot shape,
      String job,
      long version,
      List<String> classes,
      SortedMap<Integer, Long> covered,
      SortedMap<Integer, Long> from,
      SortedMap<Integer, Long> end,
      StreamIdentity stream) {
    return new Snapshot(
        job,
        version,
        0,
        classes,
        shape.counts(),
        shape.priors(),
        shape.weights(),
        new Snapshot.Formula(shape.formula().name(), Map.of()),
        new Snapshot.Offsets(covered, from, end),
        stream,
        shape.schema());
  }

  /** The same of a job that begins elsewhere: {partition: offset}. */
  static Snapshot from(Snapshot of, SortedMap<Integer, Long> from) {
    return of(
        of,
        of.job(),
        of.version(),
        of.classes(),
        of.offsets().covered(),
        from,
        of.offsets().end(),
        of.stream());
  }

  /** The same under another formula's name. */
  public static Snapshot named(String formula, Snapshot of) {
    return new Snapshot(
        of.job(),
        of.version(),
        of.asOfMs(),
        of.classes(),
        of.counts(),
        of.priors(),
        of.weights(),
        new Snapshot.Formula(formula, of.formula().parameters()),
        of.offsets(),
        of.stream(),
        of.schema());
  }

  /** A schema of so many features and classes. */
  public static Schema schema(int features, int classes) {
    return Schema.ofNumbers(
        IntStream.range(0, features).mapToObj(f -> "f" + f).toList(),
        "label",
        IntStream.range(0, classes).mapToObj(c -> "c" + c).toList());
  }

  /** N / (K n_c); the largest for a class not seen. */
  public static double[] balanced(double[] n) {
    double total = Arrays.stream(n).sum();
    double rarest = Arrays.stream(n).filter(count -> count > 0).min().orElse(1);
    return Arrays.stream(n)
        .map(count -> total == 0 ? 1 : total / (n.length * (count > 0 ? count : rarest)))
        .toArray();
  }

  public static Snapshot balancedOf(double... n) {
    return of(n, balanced(n));
  }
}
