package dev.counterweight.quality;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Made streams that do what real ones do over months: the same features, changing priors. */
final class Streams {
  private static final int EVENTS = 60_000;
  private static final int FEATURES = 6;
  private static final double APART = 1.1;

  /** Of {@link #all}. */
  static final List<String> NAMES = List.of("ratio", "swapped", "runs");

  private Streams() {}

  static List<DataSet> all() {
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

  /** Ten classes, each about half as common as the one before. */
  static DataSet ten(int events) {
    return stream(
        "ten", 10, events, (i, r) -> Math.min(9, Long.numberOfTrailingZeros(r.nextLong())));
  }

  private interface Label {
    int of(int event, SplittableRandom random);
  }

  private static DataSet stream(String name, int classes, int events, Label labels) {
    SplittableRandom random = new SplittableRandom(classes);
    List<float[]> rows = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      int label = labels.of(i, random);
      float[] row = new float[FEATURES];
      for (int f = 0; f < FEATURES; f++) {
        double centre = f % classes == label ? APART : 0;
        row[f] = (float) (centre + random.nextGaussian());
      }
      rows.add(row);
      names.add("c" + label);
    }
    return DataSet.of(
        name,
        java.util.stream.IntStream.range(0, FEATURES).mapToObj(f -> "f" + f).toList(),
        rows,
        names);
  }
}
