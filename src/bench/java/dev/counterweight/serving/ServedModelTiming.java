package dev.counterweight.serving;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.exporting.MadeCheckpoint;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Nanoseconds of its thread's time that it takes to score a row of 30 numbers, columns to
 * probabilities and decision, the best of some rounds. Run by hand.
 */
final class ServedModelTiming {
  private static final int FEATURES = 30;
  private static final int ROWS = 1000;
  private static final int TIMES = 200;
  private static final int ROUNDS = 10;

  /** Of this thread alone, so that what else runs on the machine does not count. */
  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

  private ServedModelTiming() {}

  public static void main(String[] arguments) {
    report("linear", made().layers("none"));
    report("mlp 64-32", made().layers("relu", 64, 32));
    report("mlp 64-32, 32 quantiles", made().layers("relu", 64, 32).quantiles(32));
    report("of it 2 candidates", of(new Candidates(2, false, false), 0.4, 0.6));
    report("of it 3 of 4 candidates", of(new Candidates(2, true, false), 0.3, 0.3, 0.4, 0.0));
    report("of it 6 candidates", of(new Candidates(3, true, false), 0.2, 0.2, 0.2, 0.2, 0.1, 0.1));
    report("mlp 64-32 tanh", made().layers("tanh", 64, 32));
    report("mlp 64-32 gelu", made().layers("gelu", 64, 32));
    report("mlp 256-128", made().layers("relu", 256, 128));
  }

  private static MadeCheckpoint of(Candidates candidates, Double... shares) {
    return made().layers("relu", 64, 32).quantiles(32).candidates(candidates, shares);
  }

  private static MadeCheckpoint made() {
    return new MadeCheckpoint(1)
        .classes(List.of("ok", "fraud"))
        .features(
            FeatureSchema.ofNumbers(IntStream.range(0, FEATURES).mapToObj(f -> "f" + f).toList()));
  }

  private static void report(String name, MadeCheckpoint made) {
    ServedModel model = ServedCheckpoint.of(made.make());
    Scratch scratch = model.scratch();
    SplittableRandom random = new SplittableRandom(1);
    float[] rows = new float[ROWS * FEATURES];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian() * 100;
    }
    double score = Double.POSITIVE_INFINITY;
    double forward = Double.POSITIVE_INFINITY;
    float[] logits = new float[scratch.logits().length];
    for (int round = 0; round < ROUNDS; round++) {
      score = Math.min(score, nanoseconds(row -> model.score(rows, row, scratch)));
      forward =
          Math.min(forward, nanoseconds(row -> scratch.worker.score(rows, row, 1, logits, 0)));
    }
    System.out.printf("%-26s %6.0f ns a row, %6.0f of it to raw scores%n", name, score, forward);
  }

  private interface Work {
    void at(int row);
  }

  private static double nanoseconds(Work work) {
    long start = CLOCK.getCurrentThreadCpuTime();
    for (int i = 0; i < TIMES; i++) {
      for (int row = 0; row < ROWS; row++) {
        work.at(row * FEATURES);
      }
    }
    return (CLOCK.getCurrentThreadCpuTime() - start) / (double) (TIMES * ROWS);
  }
}
