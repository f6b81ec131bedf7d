package dev.counterweight.learning;

import dev.counterweight.trainer.TrainerSettings;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Resident memory every so many of 100,000 steps of an MLP 30-64-32-2 under Adam at batch 64, fresh
 * data each step. Run by hand; arguments: steps (100000), steps between lines (5000).
 */
public final class LongRun {
  private static final int FEATURES = 30;
  private static final int ROWS = 64;
  private static final int POOL = 997;

  private LongRun() {}

  public static void main(String[] arguments) throws IOException {
    int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
    int every = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5_000;
    SplittableRandom random = new SplittableRandom(1);
    float[] features = new float[POOL * ROWS * FEATURES];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    long[] labels = random.longs((long) POOL * ROWS, 0, 2).toArray();
    float[] weights = new float[POOL * ROWS];
    Arrays.fill(weights, 1);
    try (Learner learner =
        new Learner(
            TrainerSettings.of(
                Map.of("batch.size", "64", "device", TestDevice.NAME, "model.quantiles", "0")),
            Numbers.of(FEATURES),
            2,
            1)) {
      System.out.println("step resident_mib");
      for (int step = 0; step <= steps; step++) {
        if (step % every == 0) {
          System.out.printf("%d %.1f%n", step, NativeMemoryTest.residentKib() / 1024.0);
        }
        learner.step(features, labels, weights, step % POOL * ROWS, ROWS);
      }
    }
  }
}
