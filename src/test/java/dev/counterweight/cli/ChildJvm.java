package dev.counterweight.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The command line, or another program, in a process of its own, as a user starts it; killed if
 * left running.
 */
public final class ChildJvm implements AutoCloseable {
  private static final int HEAP_MIB = 768;

  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "children-shutdown"));
  }

  private final Process process;
  private final Path output;

  private ChildJvm(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts {@code counterweight ARGS}; what it prints goes to {@code output}. */
  static ChildJvm start(Path output, List<String> args) {
    return start(output, Map.of(), args);
  }

  /** The same, with additional environment variables. */
  static ChildJvm start(Path output, Map<String, String> environment, List<String> args) {
    return start(output, HEAP_MIB, environment, args);
  }

  /** The same with another heap; as under the launcher, it ends once that is exhausted. */
  public static ChildJvm start(
      Path output, int heapMiB, Map<String, String> environment, List<String> args) {
    return launch(output, environment, command(heapMiB, args));
  }

  /** Any other program of the class path. */
  public static ChildJvm program(
      Path output, int heapMiB, List<String> options, String main, List<String> args) {
    return launch(output, Map.of(), command(heapMiB, options, main, args));
  }

  /** The same under a pseudo-terminal, as a person sees it; both streams come to one. */
  static ChildJvm startOnTerminal(Path output, List<String> args) {
    MonitoringTools.require("script");
    String line =
        command(HEAP_MIB, args).stream()
            .map(word -> "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    return launch(output, Map.of(), List.of("script", "-qec", line, "/dev/null"));
  }

  private static List<String> command(int heapMiB, List<String> args) {
    // As a user has it, not as tests do.
    List<String> logs = List.of("-Dlogback.configurationFile=logback.xml");
    return command(heapMiB, logs, Main.class.getName(), args);
  }

  private static List<String> command(
      int heapMiB, List<String> options, String main, List<String> args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx" + heapMiB + "m", "-XX:+ExitOnOutOfMemoryError"));
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(main);
    command.addAll(args);
    return command;
  }

  private static ChildJvm launch(
      Path output, Map<String, String> environment, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    // Lines append: a restarted role tells on in the same file.
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    try {
      Process process = builder.start();
      RUNNING.add(process);
      process.onExit().thenAccept(RUNNING::remove);
      return new ChildJvm(process, output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the end and returns the exit code. */
  public int await(long timeoutS) throws InterruptedException {
    if (!process.waitFor(timeoutS, TimeUnit.SECONDS)) {
      throw new AssertionError("still running after " + timeoutS + " s:\n" + output());
    }
    return process.exitValue();
  }

  public boolean running() {
    return process.isAlive();
  }

  /** Of one that runs no more: its exit code, 128 and the signal where one ended it. */
  public int exitCode() {
    return process.exitValue();
  }

  /** kill -9. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** Stands still, its connections open, as on a machine that swaps. */
  public void pause() {
    signal("STOP");
  }

  /** Goes on after {@link #pause}. */
  public void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().onExit().join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String output() {
    try {
      return Files.readString(output, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    // Its folder is deleted next.
    process.destroyForcibly().onExit().join();
  }
}
