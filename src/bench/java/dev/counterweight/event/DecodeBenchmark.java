package dev.counterweight.event;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * What an event costs to decode, by format: its head alone, and its features. Run by hand, as any
 * JMH benchmark, or by {@link #main}, {@code DecodeBenchmark [rounds=3] [events=a,b,...]
 * [before=CLASSES]}: the formats take turns, each round a JVM of its own for each, and what counts
 * is the thread's CPU time, in the best of all iterations: a busy machine tells nearly the same.
 * {@code before} is a folder of classes of a version before paths, whose decoder of flat JSON is
 * then measured beside.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 12, time = 250, timeUnit = TimeUnit.MILLISECONDS)
public class DecodeBenchmark {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Of {@link DecodeCases}. */
  @Param({"json-flat"})
  public String events = "";

  private DecodeCase decoded = DecodeCases.of("json-flat");
  private float[] row = {};
  private int at;

  /** CPU time of the measuring thread, an event. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Cpu {
    private long fromNs;
    private long toNs;
    private long count;

    @Setup(Level.Iteration)
    public void begin() {
      count = 0;
      fromNs = THREADS.getCurrentThreadCpuTime();
    }

    @TearDown(Level.Iteration)
    public void end() {
      toNs = THREADS.getCurrentThreadCpuTime();
    }

    public double cpuNs() {
      return (toNs - fromNs) / (double) count;
    }
  }

  @Setup
  public void begin() {
    decoded = DecodeCases.of(events);
    row = new float[decoded.columnCount()];
  }

  @Benchmark
  public Object head(Cpu cpu) throws Exception {
    cpu.count++;
    return decoded.head(next());
  }

  @Benchmark
  public float[] features(Cpu cpu) throws Exception {
    cpu.count++;
    decoded.features(next(), row);
    return row;
  }

  private int next() {
    return at++ & (DecodeCase.EVENTS - 1);
  }

  public static void main(String[] arguments) throws RunnerException {
    Map<String, String> given = new LinkedHashMap<>();
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      given.put(parts[0], parts[1]);
    }
    String before = given.get("before");
    List<String> cases = new ArrayList<>(before == null ? List.of() : List.of("json-flat-before"));
    cases.addAll(
        given.containsKey("events")
            ? List.of(given.get("events").split(","))
            : DecodeCases.names());
    Map<String, List<Double>> all = new LinkedHashMap<>();
    for (int round = 0; round < Integer.parseInt(given.getOrDefault("rounds", "3")); round++) {
      for (String name : cases) {
        for (RunResult result : run(name, before)) {
          String method = result.getParams().getBenchmark().replaceFirst(".*\\.", "");
          all.computeIfAbsent(name + " " + method, key -> new ArrayList<>())
              .add(
                  Objects.requireNonNull(result.getSecondaryResults().get("cpuNs"))
                      .getStatistics()
                      .getMin());
        }
      }
    }
    tell(cases, all);
  }

  private static Collection<RunResult> run(
      String name, @org.jspecify.annotations.Nullable String before) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(DecodeBenchmark.class.getName() + ".")
            .param("events", name)
            .verbosity(VerboseMode.SILENT);
    if (before != null) {
      options.jvmArgsAppend("-D" + DecodeCases.BEFORE + "=" + before);
    }
    return new Runner(options.build()).run();
  }

  private static void tell(List<String> cases, Map<String, List<Double>> all) {
    String first = cases.get(0);
    for (String method : List.of("head", "features")) {
      double base = least(all, first + " " + method);
      for (String name : cases) {
        double found = least(all, name + " " + method);
        System.out.printf(
            Locale.ROOT,
            "%-9s %-24s %7.0f ns of CPU an event, %.2f of %s%n",
            method,
            name,
            found,
            found / base,
            first);
      }
    }
  }

  /** Whatever else a machine does makes an event dearer, never cheaper. */
  private static double least(Map<String, List<Double>> all, String name) {
    return all.getOrDefault(name, List.of()).stream().mapToDouble(v -> v).min().orElse(Double.NaN);
  }
}
