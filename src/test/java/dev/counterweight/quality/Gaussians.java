package dev.counterweight.quality;

import dev.counterweight.evaluation.Prequential;
import dev.counterweight.protocol.NamedMetrics;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Two Gaussians of equal spread that never change, one event in a hundred of the rare one: a long
 * stream whose best possible figures are known. Events are made when asked for, alike each time.
 */
record Gaussians(int size) implements EventSet {
  static final String NAME = "gaussians";

  /** Events if nothing else is said. */
  static final int SIZE = 2_000_000;

  private static final double RARE = 0.01;
  private static final int FEATURES = 30;

  /** Features in which the two differ. */
  private static final int TELLING = 10;

  private static final double APART = 0.8;
  private static final double[] CENTRE = centre();

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> features() {
    return IntStream.range(0, FEATURES).mapToObj(f -> "f" + f).toList();
  }

  @Override
  public List<String> classes() {
    return List.of("common", "rare");
  }

  @Override
  public long[] counts() {
    long rare = IntStream.range(0, size).filter(row -> label(random(row)) == 1).count();
    return new long[] {size - rare, rare};
  }

  @Override
  public byte[] event(int row) {
    SplittableRandom random = random(row);
    int label = label(random);
    ByteBuffer bytes =
        ByteBuffer.allocate((FEATURES + 1) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float feature : features(label, random)) {
      bytes.putFloat(feature);
    }
    return bytes.putFloat(label).array();
  }

  @Override
  public Map<String, String> settings() {
    return Map.of("events.format", "float32");
  }

  /** The metrics of who knows both Gaussians, over the last events. */
  Map<String, Object> bayes(int last) {
    Prequential judged = new Prequential(2, Math.max(1, last));
    for (int row = Math.max(0, size - last); row < size; row++) {
      SplittableRandom random = random(row);
      int label = label(random);
      double odds = 0;
      float[] x = features(label, random);
      for (int f = 0; f < FEATURES; f++) {
        odds += CENTRE[f] * (x[f] - CENTRE[f] / 2);
      }
      double rare = 1 / (1 + Math.exp(-odds) * (1 - RARE) / RARE);
      double[] probabilities = {1 - rare, rare};
      judged.add(label, odds > 0 ? 1 : 0, 1, probabilities, probabilities);
    }
    return NamedMetrics.of(judged.sinceStart(), classes()).toMap();
  }

  private static SplittableRandom random(int row) {
    return new SplittableRandom(row * 0x9E3779B97F4A7C15L + 1);
  }

  private static int label(SplittableRandom random) {
    return random.nextDouble() < RARE ? 1 : 0;
  }

  private static float[] features(int label, SplittableRandom random) {
    float[] all = new float[FEATURES];
    for (int f = 0; f < FEATURES; f++) {
      all[f] = (float) (random.nextGaussian() + label * CENTRE[f]);
    }
    return all;
  }

  private static double[] centre() {
    SplittableRandom random = new SplittableRandom(77);
    double[] centre = new double[FEATURES];
    for (int f = 0; f < TELLING; f++) {
      centre[f] = APART * (0.5 + random.nextDouble());
    }
    return centre;
  }
}
