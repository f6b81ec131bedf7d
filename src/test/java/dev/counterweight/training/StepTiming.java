package dev.counterweight.training;

import dev.counterweight.config.TrainerConfig;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Microseconds a step of an MLP 30-64-32-2 under Adam, fresh data each step: what can be held
 * against PyTorch. Run it by hand, with one thread and nothing else on the machine.
 */
final class StepTiming {
  private static final int FEATURES = 30;
  private static final int POOL = 64;
  private static final int ROUNDS = 5;
  private static final int STEPS = 2000;

  private StepTiming() {}

  public static void main(String[] arguments) {
    for (int rows : new int[] {32, 64, 256, 1024}) {
      double best = Double.POSITIVE_INFINITY;
      try (Learner learner = new Learner(config(rows), FEATURES, 2, 1)) {
        for (int round = 0; round < ROUNDS; round++) {
          best = Math.min(best, microseconds(learner, rows));
        }
      }
      System.out.printf("batch %d: %.0f us a step, best of %d rounds%n", rows, best, ROUNDS);
    }
  }

  private static double microseconds(Learner learner, int rows) {
    SplittableRandom random = new SplittableRandom(rows);
    float[] features = new float[POOL * rows * FEATURES];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    long[] labels = random.longs((long) POOL * rows, 0, 2).toArray();
    float[] weights = new float[POOL * rows];
    Arrays.fill(weights, 1);
    long start = System.nanoTime();
    for (int step = 0; step < STEPS; step++) {
      learner.step(features, labels, weights, step % POOL * rows, rows);
    }
    return (System.nanoTime() - start) / 1e3 / STEPS;
  }

  private static TrainerConfig config(int rows) {
    return TrainerSettings.of(
        Map.of(
            "batch.size",
            String.valueOf(rows),
            "learning.rate",
            "0.001",
            "device",
            "cpu",
            "model.quantiles",
            "0"));
  }
}
