package dev.counterweight.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs so many schedules from a seed on and reports on them as Markdown: {@code Simulate SCHEDULES
 * [SEED [THREADS]]}, as many at once as there are threads. A schedule that fails is shrunk. Ends
 * with 1 if any did. Thread-safe.
 */
public final class Simulate {
  private static final int MOST_FAILED = 5;
  private static final int TELL_EVERY = 200;

  private final int wanted;
  private final long seed;
  private final long startNs = System.nanoTime();
  private final Map<Fault.Kind, Integer> faults = new EnumMap<>(Fault.Kind.class);
  private final Map<String, Integer> roles = new TreeMap<>();
  private final List<String> failed = new ArrayList<>();
  private int begun;
  private int schedules;
  private long steps;

  private Simulate(int wanted, long seed) {
    this.wanted = wanted;
    this.seed = seed;
  }

  public static void main(String[] args) throws Exception {
    long seed = args.length > 1 ? Long.parseLong(args[1]) : System.currentTimeMillis();
    int threads = args.length > 2 ? Integer.parseInt(args[2]) : 1;
    Simulate simulate = new Simulate(Integer.parseInt(args[0]), seed);
    ExecutorService all = Executors.newFixedThreadPool(threads);
    try (Quiet quiet = new Quiet()) {
      Callable<@Nullable Void> runs = simulate::run;
      for (Future<?> one : all.invokeAll(Collections.nCopies(threads, runs))) {
        one.get();
      }
    } finally {
      all.shutdown();
    }
    simulate.report();
    System.exit(simulate.failed.isEmpty() ? 0 : 1);
  }

  /** Runs one schedule after another, in a folder of its own. */
  private @Nullable Void run() throws IOException {
    Path folder = Files.createTempDirectory("simulate");
    try {
      for (OptionalLong next = next(); next.isPresent(); next = next()) {
        Schedule schedule = Schedule.of(next.getAsLong());
        Run.Outcome outcome = Run.of(schedule, folder);
        if (!outcome.violations().isEmpty()) {
          fails(outcome, folder);
        }
        ran(outcome);
      }
      return null;
    } finally {
      Files.delete(folder);
    }
  }

  /** The seed of a schedule that is still to be run. */
  private synchronized OptionalLong next() {
    return begun < wanted && failed.size() < MOST_FAILED
        ? OptionalLong.of(seed + begun++)
        : OptionalLong.empty();
  }

  private void fails(Run.Outcome outcome, Path folder) {
    Schedule schedule = outcome.schedule();
    Schedule least = Shrink.of(schedule, tried -> !Run.of(tried, folder).violations().isEmpty());
    String what = "seed %d, %s: %s".formatted(schedule.seed(), least, outcome.violations());
    System.err.println(what);
    synchronized (this) {
      failed.add(what);
    }
  }

  private synchronized void ran(Run.Outcome outcome) {
    schedules++;
    steps += outcome.steps();
    outcome.schedule().faults().forEach(fault -> faults.merge(fault.kind(), 1, Integer::sum));
    outcome.schedule().instances().keySet().forEach(role -> roles.merge(role, 1, Integer::sum));
    if (schedules % TELL_EVERY == 0) {
      System.err.printf("%d schedules, %d failed, %d s%n", schedules, failed.size(), seconds());
    }
  }

  private long seconds() {
    return Math.max(1, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs));
  }

  private synchronized void report() {
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
