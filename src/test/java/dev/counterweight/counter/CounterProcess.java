package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.runtime.KafkaClients;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A counter in a process of its own, to be killed. It never stops by itself. */
final class CounterProcess {
  private CounterProcess() {}

  /** Arguments: the job's configuration, as key=value. */
  public static void main(String[] args) throws Exception {
    Map<String, String> values = new HashMap<>();
    for (String arg : args) {
      int at = arg.indexOf('=');
      values.put(arg.substring(0, at), arg.substring(at + 1));
    }
    JobConfig config = JobConfigLoader.load(values);
    try (CounterRole role =
        new CounterRole(
            config,
            new KafkaClients(config.kafka()),
            new SimpleMeterRegistry(),
            Clock.systemUTC(),
            false)) {
      role.run();
    }
  }

  /** Starts one; what it prints is added to {@code output}. */
  static Process start(Map<String, String> configuration, Path output) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                CounterProcess.class.getName()));
    configuration.forEach((key, value) -> command.add(key + "=" + value));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
        .start();
  }
}
