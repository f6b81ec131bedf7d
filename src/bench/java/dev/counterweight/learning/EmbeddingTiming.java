package dev.counterweight.learning;

import dev.counterweight.event.FeatureSchema;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.trainer.TrainerSettings;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Microseconds of a thread's CPU time that a step takes, without categories and with them: 30
 * numbers, 64 rows, an MLP under Adam. Each category is drawn evenly from all of its buckets, fresh
 * each step, which no cache likes; real ones favour a few. All are measured in turn, round by
 * round, and the median round counts. Then what a checkpoint's bytes cost. Run by hand.
 */
final class EmbeddingTiming {
  private static final int NUMBERS = 30;
  private static final int ROWS = 64;
  private static final int POOL = 64;
  private static final int ROUNDS = 21;
  private static final int STEPS = 500;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private EmbeddingTiming() {}

  public static void main(String[] arguments) {
    List<Subject> subjects = new ArrayList<>();
    subjects.add(new Subject("no category", List.of()));
    subjects.add(new Subject("1 of 1,024", List.of(1024)));
    subjects.add(new Subject("1 of 1,000,000", List.of(1_000_000)));
    subjects.add(new Subject("3 of 1,024", List.of(1024, 1024, 1024)));
    subjects.add(new Subject("3 of 1,000,000", List.of(1_000_000, 1_000_000, 1_000_000)));
    for (int round = 0; round < ROUNDS; round++) {
      subjects.forEach(Subject::round);
    }
    System.out.println("categories us_a_step values_of_tables checkpoint_ms checkpoint_mib");
    subjects.forEach(Subject::report);
    double least = subjects.get(1).median();
    System.out.printf("1,000,000 to 1,024 %.3f%n", subjects.get(2).median() / least);
    System.out.printf("3 to none %.3f%n", subjects.get(3).median() / subjects.get(0).median());
    subjects.forEach(subject -> subject.learner.close());
  }

  /** A learner, and what a step of it took, round by round. */
  private static final class Subject {
    private final String name;
    private final List<Integer> buckets;
    private final Learner learner;
    private final int columns;
    private final float[] features;
    private final long[] labels;
    private final float[] weights = new float[POOL * ROWS];
    private final SplittableRandom random = new SplittableRandom(1);
    private final List<Double> rounds = new ArrayList<>();

    Subject(String name, List<Integer> buckets) {
      this.name = name;
      this.buckets = buckets;
      List<String> names = new ArrayList<>();
      List<String> kinds = new ArrayList<>();
      for (int i = 0; i < NUMBERS; i++) {
        names.add("x" + i);
        kinds.add("number");
      }
      for (int size : buckets) {
        names.add("c" + names.size());
        kinds.add("category(buckets=" + size + ",width=16,seed=1)");
      }
      this.columns = names.size();
      this.learner =
          new Learner(
              TrainerSettings.of(Map.of("model.hidden", "64,32", "device", TestDevice.NAME)),
              FeatureSchema.of(names, kinds),
              2,
              1);
      this.features = new float[POOL * ROWS * columns];
      for (int i = 0; i < features.length; i++) {
        features[i] = i % columns < NUMBERS ? (float) random.nextGaussian() : 0;
      }
      this.labels = random.longs((long) POOL * ROWS, 0, 2).toArray();
      Arrays.fill(weights, 1);
    }

    void round() {
      long start = THREADS.getCurrentThreadCpuTime();
      for (int step = 0; step < STEPS; step++) {
        int from = step % POOL * ROWS;
        for (int row = from; row < from + ROWS; row++) {
          for (int c = 0; c < buckets.size(); c++) {
            features[row * columns + NUMBERS + c] = random.nextInt(buckets.get(c));
          }
        }
        learner.step(features, labels, weights, from, ROWS);
      }
      rounds.add((THREADS.getCurrentThreadCpuTime() - start) / 1e3 / STEPS);
    }

    double median() {
      return rounds.stream().sorted().skip(ROUNDS / 2).findFirst().orElseThrow();
    }

    void report() {
      long bytes = 0;
      long best = Long.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        long start = THREADS.getCurrentThreadCpuTime();
        if (learner.unsound().isPresent()) {
          throw new IllegalStateException(learner.unsound().get());
        }
        bytes = new SafeTensors(learner.model()).toBytes().length;
        bytes += new SafeTensors(learner.optimizer()).toBytes().length;
        best = Math.min(best, THREADS.getCurrentThreadCpuTime() - start);
      }
      long values = buckets.stream().mapToLong(size -> size * 16L).sum();
      System.out.printf(
          "\"%s\" %.1f %d %d %d%n", name, median(), values, best / 1_000_000, bytes >> 20);
    }
  }
}
