package dev.counterweight.sampler;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A sampler in a process of its own, to be killed. */
final class SamplerProcess {
  private SamplerProcess() {}

  public static void main(String[] args) throws Exception {
    Map<String, String> changes = new HashMap<>();
    for (int i = 3; i < args.length; i++) {
      String[] change = args[i].split("=", 2);
      changes.put(change[0], change[1]);
    }
    JobConfig config = SamplerHarness.config(args[0], args[1], args[2], changes);
    RunningRole.toEnd(
        new SamplerRole(
            config,
            new KafkaClients(config.kafka()),
            new SimpleMeterRegistry(),
            Clock.systemUTC(),
            false));
  }

  /**
   * @param changes key=value, over the harness's own configuration
   */
  static Process start(JobConfig config, String instance, String... changes) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                SamplerProcess.class.getName(),
                config.kafka().bootstrapServers(),
                config.job(),
                instance));
    command.addAll(List.of(changes));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
