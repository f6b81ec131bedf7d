package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.counterweight.trainer.TrainerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Microseconds a step of an MLP under Adam takes, fresh data each step, one thread; beside it the
 * floor, its matrix products alone. Lines of: widths, rows, step, floor. Run by hand, or by {@code
 * src/bench/python/step_timing.py}, which holds it against PyTorch.
 *
 * <p>A step is the job's own, normaliser and clipping included.
 */
final class StepTiming {
  private static final int POOL = 64;
  private static final int ROUNDS = 5;

  private StepTiming() {}

  public static void main(String[] arguments) {
    List<Integer> small = List.of(30, 64, 32, 2);
    for (int rows : new int[] {64, 256, 1024}) {
      report(small, rows, 2000);
    }
    report(List.of(784, 512, 256, 10), 256, 40);
  }

  private static void report(List<Integer> widths, int rows, int steps) {
    double step = Double.POSITIVE_INFINITY;
    double floor = Double.POSITIVE_INFINITY;
    int features = widths.get(0);
    int classes = widths.get(widths.size() - 1);
    Map<String, String> settings =
        Map.of(
            "model.hidden",
            widths.subList(1, widths.size() - 1).stream()
                .map(String::valueOf)
                .collect(Collectors.joining(",")),
            "model.rates",
            "1",
            "model.average",
            "0",
            "model.quantiles",
            "0",
            "batch.size",
            String.valueOf(rows),
            "learning.rate",
            "0.001",
            "device",
            TestDevice.NAME);
    try (Learner learner =
            new Learner(TrainerSettings.of(settings), Numbers.of(features), classes, 1);
        Products products = new Products(widths, rows)) {
      Data data = new Data(rows, features, classes);
      for (int round = 0; round < ROUNDS; round++) {
        step = Math.min(step, microseconds(steps, s -> data.step(learner, s)));
        floor = Math.min(floor, microseconds(steps, s -> products.run()));
      }
    }
    System.out.printf(
        "%s %d %.1f %.1f%n",
        widths.stream().map(String::valueOf).collect(Collectors.joining("-")), rows, step, floor);
  }

  private interface Work {
    void run(int step);
  }

  private static double microseconds(int steps, Work work) {
    long start = System.nanoTime();
    for (int step = 0; step < steps; step++) {
      work.run(step);
    }
    return (System.nanoTime() - start) / 1e3 / steps;
  }

  private static final class Data {
    private final int rows;
    private final float[] features;
    private final long[] labels;
    private final float[] weights;

    Data(int rows, int width, int classes) {
      SplittableRandom random = new SplittableRandom(rows);
      this.rows = rows;
      this.features = normal(random, POOL * rows * width);
      this.labels = random.longs((long) POOL * rows, 0, classes).toArray();
      this.weights = new float[POOL * rows];
      Arrays.fill(weights, 1);
    }

    void step(Learner learner, int step) {
      learner.step(features, labels, weights, step % POOL * rows, rows);
    }
  }

  /** The matrix products of a step: of each layer forward, by weights and, but the first, back. */
  private static final class Products implements AutoCloseable {
    private final NDManager manager = TestDevice.manager();
    private final List<NDArray> left = new ArrayList<>();
    private final List<NDArray> right = new ArrayList<>();

    Products(List<Integer> widths, int rows) {
      SplittableRandom random = new SplittableRandom(1);
      for (int layer = 0; layer < widths.size() - 1; layer++) {
        int in = widths.get(layer);
        int out = widths.get(layer + 1);
        NDArray x = array(random, rows, in);
        NDArray w = array(random, out, in);
        NDArray delta = array(random, rows, out);
        add(x, w.transpose());
        add(delta.transpose(), x);
        if (layer > 0) {
          add(delta, w);
        }
      }
    }

    private NDArray array(SplittableRandom random, int rows, int columns) {
      return manager.create(normal(random, rows * columns), new Shape(rows, columns));
    }

    private void add(NDArray a, NDArray b) {
      left.add(a);
      right.add(b);
    }

    void run() {
      for (int i = 0; i < left.size(); i++) {
        left.get(i).matMul(right.get(i)).close();
      }
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  private static float[] normal(SplittableRandom random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
