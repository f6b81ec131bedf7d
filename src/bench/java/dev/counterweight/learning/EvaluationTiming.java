package dev.counterweight.learning;

import dev.counterweight.event.FeatureSchema;
import dev.counterweight.trainer.TrainerSettings;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Microseconds of its thread's time that a trainer takes to score an evaluation slice, by its rows
 * and the model, the best of some rounds. Run by hand.
 */
final class EvaluationTiming {
  private static final int ROUNDS = 7;

  /** Of this thread alone, so that what else runs on the machine does not count. */
  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

  private EvaluationTiming() {}

  public static void main(String[] arguments) {
    for (int rows : List.of(1, 25, 250)) {
      report(Numbers.of(30), rows, "model.hidden=64,32 model.quantiles=0");
      report(Numbers.of(30), rows, "model.hidden=64,32");
      report(Numbers.andCategory(30), rows, "model.hidden=64,32");
      report(Numbers.of(30), rows, "model=linear");
      report(Numbers.of(30), rows, "model.hidden=64,32 model.activation=gelu");
      report(Numbers.of(30), rows, "model.hidden=64,32 model.activation=tanh");
      report(Numbers.of(784), rows, "model.hidden=512,256 model.quantiles=0");
    }
  }

  private static void report(FeatureSchema layout, int rows, String settings) {
    Map<String, String> values = new HashMap<>(Map.of("device", TestDevice.NAME));
    for (String setting : settings.split(" ")) {
      values.put(setting.split("=")[0], setting.split("=")[1]);
    }
    int columns = layout.columnCount();
    SplittableRandom random = new SplittableRandom(1);
    float[] slice = new float[rows * columns];
    for (int i = 0; i < slice.length; i++) {
      slice[i] =
          layout.columns().get(i % columns).isRow()
              ? random.nextInt(50)
              : (float) random.nextGaussian();
    }
    float[] ones = new float[rows];
    Arrays.fill(ones, 1);
    int times = Math.max(20, 60_000 / rows / (columns > 100 ? 100 : 1));
    double best = Double.POSITIVE_INFINITY;
    try (Learner learner = new Learner(TrainerSettings.of(values), layout, 2, 1)) {
      for (int i = 0; i < 50; i++) {
        learner.normalizer().update(slice, ones, rows);
      }
      for (int round = 0; round < ROUNDS; round++) {
        long start = CLOCK.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
          learner.logits(slice, rows);
        }
        best = Math.min(best, (CLOCK.getCurrentThreadCpuTime() - start) / 1e3 / times);
      }
    }
    System.out.printf(
        "%4d rows of %3d columns, %-45s %9.1f us %8.2f us a row%n",
        rows, columns, settings, best, best / rows);
  }
}
