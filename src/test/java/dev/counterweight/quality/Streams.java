package dev.counterweight.quality;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Made streams that do what real ones do over months: priors change, or what tells a class. */
final class Streams {
  private static final int EVENTS = 60_000;
  private static final int FEATURES = 6;
  private static final double APART = 1.1;

  /** Those whose priors change, or that come in runs. */
  static final List<String> PRIORS = List.of("ratio", "swapped", "runs");

  /** Those in which what tells the classes changes all at once, every {@link #KEPT} events. */
  static final List<String> CHANGING = List.of("moved", "flipped");

  /** Events between two changes of {@link #CHANGING}. */
  static final int KEPT = 12_000;

  private static final double RARE = 0.05;

  private Streams() {}

  static List<DataSet> ofPriors() {
    return List.of(
        // A rare class that becomes ten times as common, and rare again.
        stream(
            "ratio",
            2,
            EVENTS,
            (i, r) -> r.nextDouble() < (i / (EVENTS / 3) == 1 ? 0.10 : 0.01) ? 1 : 0),
        // Rare and common swap roles.
        stream(
            "swapped",
            2,
            EVENTS,
            (i, r) -> r.nextDouble() < (i < EVENTS / 2 ? 0.03 : 0.97) ? 1 : 0),
        // Long runs of one class after another.
        stream("runs", 4, EVENTS, (i, r) -> (i / 1500) % 4));
  }

  static List<DataSet> changing() {
    return List.of(moved(), flipped());
  }

  /** Ten classes, each about half as common as the one before. */
  static DataSet ten(int events) {
    return stream(
        "ten", 10, events, (i, r) -> Math.min(9, Long.numberOfTrailingZeros(r.nextLong())));
  }

  /** The rare class shows in other features than before; the common one stays. */
  private static DataSet moved() {
    return stream(
        "moved",
        2,
        EVENTS,
        Streams::rare,
        (i, label, f) -> label == 1 && f / 2 == i / KEPT % 3 ? 2 : 0);
  }

  /** Each class stands where the other stood. */
  private static DataSet flipped() {
    return stream(
        "flipped",
        2,
        EVENTS,
        Streams::rare,
        (i, label, f) -> (f + i / KEPT) % 2 == label ? APART : 0);
  }

  private static int rare(int event, SplittableRandom random) {
    return random.nextDouble() < RARE ? 1 : 0;
  }

  private interface Label {
    int of(int event, SplittableRandom random);
  }

  /** Where a feature of a class stands. */
  private interface Centre {
    double of(int event, int label, int feature);
  }

  private static DataSet stream(String name, int classes, int events, Label labels) {
    return stream(name, classes, events, labels, (i, label, f) -> f % classes == label ? APART : 0);
  }

  private static DataSet stream(
      String name, int classes, int events, Label labels, Centre centres) {
    SplittableRandom random = new SplittableRandom(classes);
    List<float[]> rows = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      int label = labels.of(i, random);
      float[] row = new float[FEATURES];
      for (int f = 0; f < FEATURES; f++) {
        row[f] = (float) (centres.of(i, label, f) + random.nextGaussian());
      }
      rows.add(row);
      names.add("c" + label);
    }
    return DataSet.of(
        name, IntStream.range(0, FEATURES).mapToObj(f -> "f" + f).toList(), rows, names);
  }
}
