package dev.counterweight.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Runs so many schedules from a seed on and reports on them as Markdown: {@code Simulate SCHEDULES
 * [SEED]}. A schedule that fails is shrunk. Ends with 1 if any did.
 */
public final class Simulate {
  private static final int MOST_FAILED = 5;
  private static final int TELL_EVERY = 200;

  private final Path folder;
  private final long seed;
  private final long startNs = System.nanoTime();
  private final Map<Fault.Kind, Integer> faults = new EnumMap<>(Fault.Kind.class);
  private final Map<String, Integer> roles = new TreeMap<>();
  private final List<String> failed = new ArrayList<>();
  private int schedules;
  private long steps;

  private Simulate(Path folder, long seed) {
    this.folder = folder;
    this.seed = seed;
  }

  public static void main(String[] args) throws IOException {
    int wanted = Integer.parseInt(args[0]);
    long seed = args.length > 1 ? Long.parseLong(args[1]) : System.currentTimeMillis();
    Path folder = Files.createTempDirectory("simulate");
    Simulate simulate = new Simulate(folder, seed);
    try (Quiet quiet = new Quiet()) {
      while (simulate.schedules < wanted && simulate.failed.size() < MOST_FAILED) {
        simulate.next();
      }
    } finally {
      Files.delete(folder);
    }
    simulate.report();
    System.exit(simulate.failed.isEmpty() ? 0 : 1);
  }

  private void next() {
    Schedule schedule = Schedule.of(seed + schedules++);
    Run.Outcome outcome = Run.of(schedule, folder);
    steps += outcome.steps();
    schedule.faults().forEach(fault -> faults.merge(fault.kind(), 1, Integer::sum));
    schedule.instances().keySet().forEach(role -> roles.merge(role, 1, Integer::sum));
    if (!outcome.violations().isEmpty()) {
      Schedule least = Shrink.of(schedule, tried -> !Run.of(tried, folder).violations().isEmpty());
      failed.add("seed %d, %s: %s".formatted(schedule.seed(), least, outcome.violations()));
      System.err.println(failed.get(failed.size() - 1));
    }
    if (schedules % TELL_EVERY == 0) {
      System.err.printf("%d schedules, %d failed, %d s%n", schedules, failed.size(), seconds());
    }
  }

  private long seconds() {
    return Math.max(1, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs));
  }

  private void report() {
    System.out.printf(
        "%d schedules from seed %d in %d s (%d a minute), %d steps, %d failed%n%n",
        schedules, seed, seconds(), schedules * 60L / seconds(), steps, failed.size());
    System.out.println("| role | schedules |\n| --- | --- |");
    roles.forEach((role, number) -> System.out.printf("| %s | %d |%n", role, number));
    System.out.println("\n| fault | scheduled |\n| --- | --- |");
    faults.forEach((kind, number) -> System.out.printf("| %s | %d |%n", kind, number));
    failed.forEach(one -> System.out.printf("%n- %s%n", one));
  }
}
