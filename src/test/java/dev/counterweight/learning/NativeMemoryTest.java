package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.trainer.TrainerSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NativeMemoryTest {
  private static final int ROWS = 8;
  private static final int FEATURES = 5;
  private static final int STEPS = 40_000;

  /** One small array left behind a step is about half a KiB: 20 MiB. */
  private static final long LIMIT_KIB = 4 * 1024;

  /** In a JVM whose heap is resident from the start, so that all that grows is native. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aLongRunDoesNotGrow() throws Exception {
    Process child =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xms160m",
                    "-Xmx160m",
                    "-XX:+AlwaysPreTouch",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    TestDevice.option(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Child.class.getName()))
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(child.exitValue()).as(output).isZero();

    String grown = output.strip().lines().reduce("", (before, line) -> line);
    assertThat(Long.parseLong(grown)).as(output).isLessThan(LIMIT_KIB);
  }

  /** Says as its last line by how many KiB it grew over a long run. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws IOException {
      try (Learner learner =
          new Learner(
              // As many networks, and averages, as a job has by default.
              TrainerSettings.of(
                  Map.of("model.hidden", "16,8", "batch.size", "8", "device", TestDevice.NAME)),
              Numbers.andCategory(FEATURES - 1),
              3,
              1)) {
        run(learner, STEPS / 2);
        long before = residentKib();
        run(learner, STEPS);
        System.out.println(residentKib() - before);
      }
    }
  }

  private static void run(Learner learner, int steps) {
    float[] features = new float[ROWS * FEATURES];
    long[] labels = new long[ROWS];
    float[] weights = new float[ROWS];
    java.util.Arrays.fill(weights, 1);
    for (int s = 0; s < steps; s++) {
      int at = s % features.length;
      boolean category = at % FEATURES == FEATURES - 1;
      features[at] = category ? s % 17 : (s % 17) * 0.1f;
      labels[s % ROWS] = s % 3;
      learner.step(features, labels, weights, 0, ROWS);
    }
  }

  /** Memory of this process that is in use, native and heap. */
  static long residentKib() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }
}
