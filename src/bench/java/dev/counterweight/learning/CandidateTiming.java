package dev.counterweight.learning;

import dev.counterweight.trainer.TrainerSettings;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Microseconds of its thread's time that a step takes by the candidates of the model, the best of
 * some rounds that take turns, and what share of a single network's that is. Run by hand.
 */
final class CandidateTiming {
  private static final int ROUNDS = 40;
  private static final int STEPS = 1500;
  private static final int POOL = 64;
  private static final int ROWS = 32;
  private static final int COLUMNS = 30;

  /** Of this thread alone, so that what else runs on the machine does not count. */
  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

  private CandidateTiming() {}

  public static void main(String[] arguments) {
    List<String> kinds =
        List.of(
            "1 0 none",
            "1 0.99 none",
            "1,3 0 none",
            "1,3 0.99 none",
            "1,3 0.99 linear",
            "1/3,1,3 0.99 none",
            "1/3,1,3 0.99 linear");
    List<Learner> learners = kinds.stream().map(CandidateTiming::learner).toList();
    double[] best = new double[kinds.size()];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    Data data = new Data();
    for (int round = 0; round < ROUNDS; round++) {
      for (int kind = 0; kind < best.length; kind++) {
        long start = CLOCK.getCurrentThreadCpuTime();
        for (int step = 0; step < STEPS; step++) {
          data.step(learners.get(kind), step);
        }
        double each = (CLOCK.getCurrentThreadCpuTime() - start) / 1e3 / STEPS;
        best[kind] = Math.min(best[kind], each);
      }
    }
    for (int kind = 0; kind < best.length; kind++) {
      System.out.printf(
          "model.rates, model.average and model.guest %-19s %6.1f us a step, %.2f of one%n",
          kinds.get(kind), best[kind], best[kind] / best[0]);
    }
    learners.forEach(Learner::close);
  }

  private static Learner learner(String kind) {
    Map<String, String> values = new HashMap<>(Map.of("device", TestDevice.NAME));
    values.put("model.rates", kind.split(" ")[0]);
    values.put("model.average", kind.split(" ")[1]);
    values.put("model.guest", kind.split(" ")[2]);
    return new Learner(TrainerSettings.of(values), Numbers.of(COLUMNS), 2, 1);
  }

  private static final class Data {
    private final float[] features = new float[POOL * ROWS * COLUMNS];
    private final long[] labels;
    private final float[] weights = new float[POOL * ROWS];

    Data() {
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < features.length; i++) {
        features[i] = (float) random.nextGaussian();
      }
      this.labels = random.longs((long) POOL * ROWS, 0, 2).toArray();
      Arrays.fill(weights, 1);
    }

    void step(Learner learner, int step) {
      if (!learner.normalizer().primed()) {
        learner.normalizer().update(features, weights, POOL * ROWS);
      }
      learner.step(features, labels, weights, step % POOL * ROWS, ROWS);
    }
  }
}
