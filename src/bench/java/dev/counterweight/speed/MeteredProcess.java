package dev.counterweight.speed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs processes, one at a time, and tells what each took. Not thread-safe. */
final class MeteredProcess {
  private static final long LOOK_MS = 20;
  private static final int SHOWN_LINES = 30;

  private final long brokerPid;
  private final Duration limit;

  /**
   * @param brokerPid process of the broker that they use
   * @param limit how long one may run
   */
  MeteredProcess(long brokerPid, Duration limit) {
    this.brokerPid = brokerPid;
    this.limit = limit;
  }

  /**
   * A process to start.
   *
   * @param environment variables beside those of this process
   */
  record Launch(List<String> command, Map<String, String> environment) {
    Launch {
      command = List.copyOf(command);
      environment = Map.copyOf(environment);
    }
  }

  /** All that was used up to a moment, in seconds. */
  private record Used(double wall, double children, double broker, double own, double machine) {
    static Used now(long brokerPid) throws IOException {
      return new Used(
          System.nanoTime() / 1e9,
          ProcessorTimes.ofEndedChildren(),
          ProcessorTimes.ofProcess(brokerPid),
          ProcessorTimes.own(),
          ProcessorTimes.ofMachine());
    }

    Usage since(Used before, long residentKib) {
      double wallS = wall - before.wall;
      double cpuS = children - before.children;
      double brokerS = broker - before.broker;
      double knownS = cpuS + brokerS + own - before.own;
      double possibleS = wallS * Runtime.getRuntime().availableProcessors();
      double others = Math.max(0, machine - before.machine - knownS) / possibleS;
      return new Usage(wallS, cpuS, brokerS, others, residentKib);
    }
  }

  /**
   * Runs one to its end.
   *
   * @param output file that gets what it prints
   * @throws IllegalStateException if it fails or takes too long
   */
  Usage run(Launch launch, Path output) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(launch.command())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(launch.environment());
    Used before = Used.now(brokerPid);
    Process process = builder.start();
    try {
      long residentKib = await(process, launch, output);
      Usage usage = Used.now(brokerPid).since(before, residentKib);
      if (process.exitValue() != 0) {
        throw failed(launch, "ended with " + process.exitValue(), output);
      }
      return usage;
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private long await(Process process, Launch launch, Path output)
      throws IOException, InterruptedException {
    long deadlineNs = System.nanoTime() + limit.toNanos();
    long residentKib = 0;
    do {
      residentKib = Math.max(residentKib, ProcessorTimes.mostResidentKib(process.pid()));
      if (System.nanoTime() > deadlineNs) {
        throw failed(launch, "still runs after " + limit.toSeconds() + " s", output);
      }
    } while (!process.waitFor(LOOK_MS, TimeUnit.MILLISECONDS));
    return residentKib;
  }

  private static IllegalStateException failed(Launch launch, String how, Path output)
      throws IOException {
    List<String> lines = Files.readAllLines(output);
    String last =
        String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    return new IllegalStateException(
        "%s %s:%n%s".formatted(String.join(" ", launch.command()), how, last));
  }
}
