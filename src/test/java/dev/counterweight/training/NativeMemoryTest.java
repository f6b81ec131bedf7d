package dev.counterweight.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.OptimizerConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NativeMemoryTest {
  private static final int ROWS = 8;
  private static final int FEATURES = 5;
  private static final int STEPS = 20_000;

  /** A leak of one small array a step would be far above the limit. */
  private static final long LIMIT_KIB = 24 * 1024;

  @Test
  @EnabledOnOs(OS.LINUX)
  void aLongRunDoesNotGrow() throws IOException {
    try (Learner learner =
        new Learner(TestThenTrainTest.config(OptimizerConfig.Kind.ADAM, "cpu"), FEATURES, 3, 1)) {
      run(learner, STEPS);
      long before = nativeKib();

      run(learner, STEPS);

      assertThat(nativeKib() - before).isLessThan(LIMIT_KIB);
    }
  }

  private static void run(Learner learner, int steps) {
    float[] features = new float[ROWS * FEATURES];
    long[] labels = new long[ROWS];
    float[] weights = new float[ROWS];
    java.util.Arrays.fill(weights, 1);
    for (int s = 0; s < steps; s++) {
      features[s % features.length] = (s % 17) * 0.1f;
      labels[s % ROWS] = s % 3;
      learner.step(features, labels, weights, 0, ROWS);
    }
  }

  /** What is resident beside the Java heap, which grows and shrinks as its collector likes. */
  private static long nativeKib() throws IOException {
    System.gc();
    return LongRun.residentKib()
        - ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted() / 1024;
  }
}
