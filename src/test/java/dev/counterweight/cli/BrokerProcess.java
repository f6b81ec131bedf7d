package dev.counterweight.cli;

import dev.counterweight.demo.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Path;

/** A broker in a process of its own, which can be stopped and started again where it was. */
final class BrokerProcess implements AutoCloseable {
  private final Path dir;
  private Process process;
  private String bootstrapServers;

  BrokerProcess(Path dir) throws IOException {
    this.dir = dir;
    this.process = start("0");
    this.bootstrapServers = answered(process);
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  /** Stops it in good order and starts it again on the same port. */
  void restart() throws IOException, InterruptedException {
    stop();
    startAgain();
  }

  /** Stops it in good order. */
  void stop() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  /** kill -9. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Starts it where it was stopped or killed, on the same port, and waits until it answers. */
  void startAgain() throws IOException {
    process = start(bootstrapServers.substring(bootstrapServers.indexOf(':') + 1));
    bootstrapServers = answered(process);
  }

  /** Stands still, its connections open, as a machine that swaps or a network that drops all. */
  void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Goes on after {@link #pause}. */
  void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  @Override
  public void close() {
    // Its folder is deleted next.
    process.destroyForcibly().onExit().join();
  }

  private Process start(String port) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            EmbeddedBroker.class.getName(),
            dir.toString(),
            port)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static String answered(Process process) throws IOException {
    String line = process.inputReader().readLine();
    while (line != null && !line.startsWith("bootstrap.servers=")) {
      line = process.inputReader().readLine();
    }
    if (line == null) {
      throw new IOException("the broker ended before it answered");
    }
    return line.substring(line.indexOf('=') + 1);
  }
}
