package dev.counterweight.speed;

import dev.counterweight.demo.EmbeddedBroker;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;

/** A broker in a process of its own, with the settings of the one that demo starts. */
final class BrokerHandle implements AutoCloseable {
  private final Process process;
  private final String bootstrap;

  private BrokerHandle(Process process, String bootstrap) {
    this.process = process;
    this.bootstrap = bootstrap;
  }

  /** Starts one and returns once it answers. */
  static BrokerHandle start(Path dir, int heapMib) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMib + "m",
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedBroker.class.getName(),
                dir.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader printed = process.inputReader();
    String line;
    do {
      line = printed.readLine();
      if (line == null) {
        process.destroyForcibly();
        throw new IllegalStateException("no broker starts in " + dir);
      }
    } while (!line.startsWith("bootstrap.servers="));
    return new BrokerHandle(process, line.substring(line.indexOf('=') + 1));
  }

  String bootstrap() {
    return bootstrap;
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
