package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.counterweight.config.ModelConfig;
import dev.counterweight.loss.BatchLoss;
import dev.counterweight.loss.CrossEntropy;
import dev.counterweight.loss.LossConfig.Reduction;
import dev.counterweight.serving.Candidates;
import dev.counterweight.trainer.TrainerSettings;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Microseconds that a step takes, by part, of MLPs of three sizes under Adam at several batch
 * sizes, fresh data each step: where a GPU begins to pay. Run by hand, once a device; arguments:
 * the device (a value of the key {@code device}), a limit to the floating-point operations of a
 * step, over which a size is left out (4e11).
 *
 * <p>The parts are a step's own: rows normalised, scores (rows go to the device, scores come back),
 * loss, the rest (derivatives go to the device; gradient, clipping, update).
 */
final class DeviceTiming {
  private static final List<List<Integer>> NETWORKS =
      List.of(List.of(30, 64, 64, 2), List.of(784, 512, 256, 10), List.of(1024, 4096, 4096, 10));
  private static final int[] BATCHES = {32, 128, 512, 2048, 8192};
  private static final double SECONDS = 0.7;
  private static final int MAX_STEPS = 3_000;
  private static final int POOL_FLOATS = 40_000_000;
  private static final int POOL = 64;

  private DeviceTiming() {}

  public static void main(String[] arguments) {
    String device = arguments[0];
    double most = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 4e11;
    try (Step first = new Step(device, NETWORKS.get(0), BATCHES[0])) {
      // The JVM compiles and the device wakes: not to be charged to the first size.
      measured(first);
    }
    System.out.println("device network batch step normalise scores loss rest steps");
    for (List<Integer> widths : NETWORKS) {
      for (int rows : BATCHES) {
        if (operations(widths, rows) <= most) {
          try (Step step = new Step(device, widths, rows)) {
            System.out.println(device + " " + name(widths) + " " + rows + " " + measured(step));
          }
        }
      }
    }
  }

  private static double operations(List<Integer> widths, int rows) {
    double parameters = 0;
    for (int l = 1; l < widths.size(); l++) {
      parameters += (double) widths.get(l - 1) * widths.get(l);
    }
    return 6 * parameters * rows;
  }

  private static String name(List<Integer> widths) {
    return widths.stream().map(String::valueOf).collect(Collectors.joining("-"));
  }

  private static String measured(Step step) {
    long start = System.nanoTime();
    int warm = 0;
    while (warm < 2 || (warm < MAX_STEPS && seconds(start) < SECONDS / 2)) {
      step.run(warm++);
    }
    Arrays.fill(step.parts, 0);
    start = System.nanoTime();
    int steps = 0;
    while (steps < 2 || (steps < MAX_STEPS && seconds(start) < SECONDS)) {
      step.run(steps++);
    }
    double whole = seconds(start) * 1e6 / steps;
    StringBuilder line = new StringBuilder("%.0f".formatted(whole));
    for (long part : step.parts) {
      line.append(" %.0f".formatted(part / 1e3 / steps));
    }
    return line + " " + steps;
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** What a learner does in a step. */
  private static final class Step implements AutoCloseable {
    private final NDManager manager;
    private final Network network;
    private final Optimizer optimizer;
    private final Normalizer normalizer;
    private final BatchLoss loss;
    private final DirectFloats input = new DirectFloats();
    private final DirectFloats scores = new DirectFloats();
    private final DirectFloats derivatives = new DirectFloats();
    private final int rows;
    private final int width;
    private final int classes;
    private final int pool;
    private final float[] features;
    private final long[] labels;
    private final float[] weights;
    private final float[] values;
    final long[] parts = new long[4];
    private long last;

    Step(String device, List<Integer> widths, int rows) {
      SplittableRandom random = new SplittableRandom(rows);
      this.rows = rows;
      this.width = widths.get(0);
      this.classes = widths.get(widths.size() - 1);
      this.pool = Math.max(2, Math.min(POOL, POOL_FLOATS / (rows * width)));
      this.features = new float[pool * rows * width];
      for (int i = 0; i < features.length; i++) {
        features[i] = (float) (random.nextDouble() * 3 - 1.5);
      }
      this.labels = random.longs((long) pool * rows, 0, classes).toArray();
      this.weights = new float[pool * rows];
      Arrays.fill(weights, 1);
      this.values = new float[rows * classes];
      this.manager = NDManager.newBaseManager(ComputeDevice.of(device), "PyTorch");
      Layers layers = new Layers(widths);
      this.network =
          new Network(
              manager,
              layers,
              Candidates.ONE,
              HiddenActivation.of(ModelConfig.Activation.RELU),
              new Dropout(0, 1),
              0,
              List.of(layers.initial(random)));
      this.optimizer =
          new Optimizer(
              manager,
              StackedLayout.alone(layers.layout()),
              null,
              List.of(1.0),
              0,
              TrainerSettings.of(Map.of()).optimizer());
      this.normalizer = new Normalizer(Numbers.of(width), 0, 1);
      this.normalizer.update(features, weights, Math.min(rows, 256));
      float[] ones = new float[classes];
      Arrays.fill(ones, 1);
      this.loss = new BatchLoss(new CrossEntropy(classes, 0), Reduction.BATCH_MEAN, false, ones);
    }

    void run(int number) {
      int from = number % pool * rows;
      last = System.nanoTime();
      normalizer.apply(features, from, rows, input.floats(rows, width), width);
      took(0);
      FloatBuffer outcome = scores.floats(rows, classes);
      network.forward(input, scores, number);
      outcome.get(values);
      took(1);
      loss.of(values, labels, weights, from, rows, derivatives.floats(rows, classes));
      took(2);
      NDArray gradient = network.backward(derivatives);
      optimizer.update(network.parameters(), gradient, 1e-3, 1, 0);
      took(3);
    }

    private void took(int part) {
      long now = System.nanoTime();
      parts[part] += now - last;
      last = now;
    }

    @Override
    public void close() {
      network.close();
      optimizer.close();
      List.of(input, scores, derivatives).forEach(DirectFloats::close);
      manager.close();
    }
  }
}
