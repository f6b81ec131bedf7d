package dev.counterweight.quality;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Streams of three classes that stand well apart, of which one comes late: not at all for many
 * events, or early on and then not for as many. {@link #main} runs them at any length.
 */
final class LateClass {
  /** Events from the late class's first, or first again, to the end. */
  static final int TAIL = 15_000;

  /** Of the late class in the tail, and before it vanishes as many in as many. */
  static final int LATE = 216;

  private static final int EARLY = 20_000;
  private static final int FEATURES = 10;
  private static final double RARE = 0.015;

  private LateClass() {}

  /** One that does not come for so many events. */
  static DataSet first(int without, long seed) {
    return of("late", 0, without, seed);
  }

  /** One that comes, vanishes for so many events, and comes again. */
  static DataSet again(int without, long seed) {
    return of("again", EARLY, without, seed);
  }

  private static DataSet of(String name, int early, int without, long seed) {
    int events = early + without + TAIL;
    SplittableRandom random = new SplittableRandom(seed);
    float[] centres = new float[3 * FEATURES];
    for (int i = 0; i < centres.length; i++) {
      centres[i] = (float) ((i < 2 * FEATURES ? 1.4 : 2) * random.nextGaussian());
    }
    float[] rows = new float[events * FEATURES];
    int[] labels = new int[events];
    for (int i = 0; i < events; i++) {
      boolean comes = i < early || i >= early + without;
      int late = comes && (i - (i < early ? 0 : early + without)) % (TAIL / LATE) == 0 ? 2 : -1;
      labels[i] = late > 0 ? late : random.nextDouble() < RARE ? 1 : 0;
      for (int f = 0; f < FEATURES; f++) {
        rows[i * FEATURES + f] =
            (float) (centres[labels[i] * FEATURES + f] + random.nextGaussian());
      }
    }
    return new DataSet(
        name,
        IntStream.range(0, FEATURES).mapToObj(f -> "f" + f).toList(),
        List.of("common", "rare", "late"),
        rows,
        labels);
  }

  /**
   * How a job did on the tail.
   *
   * @param recall of the late class's events
   * @param precision of the decisions for it
   */
  record Learnt(double recall, double precision) {}

  static Learnt learnt(DataSet data, long seed, Map<String, String> settings, Path folder) {
    Watched watched = new Watched(data, TAIL);
    new BrokerlessJob(folder).run(data, "late", seed, settings, watched);
    Map<String, Object> last = Objects.requireNonNull(watched.last());
    return new Learnt(ofLate(last, "recall"), ofLate(last, "precision"));
  }

  private static double ofLate(Map<String, Object> metrics, String name) {
    return ((Map<?, ?>) Objects.requireNonNull(metrics.get(name))).get("late") instanceof Double v
        ? v
        : 0;
  }

  /**
   * Arguments: {@code first} or {@code again}, events without the class, then key=value settings of
   * the job.
   */
  public static void main(String[] arguments) throws IOException {
    Map<String, String> settings = new java.util.HashMap<>();
    List<String> rest = new ArrayList<>(List.of(arguments));
    boolean first = rest.remove(0).equals("first");
    int without = Integer.parseInt(rest.remove(0));
    rest.forEach(s -> settings.put(s.split("=", 2)[0], s.split("=", 2)[1]));
    Path folder = Files.createTempDirectory("late-class");
    for (long seed = 1; seed <= 3; seed++) {
      DataSet data = first ? first(without, seed) : again(without, seed);
      System.out.printf("%d %s%n", seed, learnt(data, seed, settings, folder));
    }
  }
}
