package dev.counterweight.sampling;

import dev.counterweight.config.JobConfig;
import dev.counterweight.runtime.KafkaClients;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;

/** A sampler in a process of its own, to be killed. */
final class SamplerProcess {
  private SamplerProcess() {}

  public static void main(String[] args) throws Exception {
    JobConfig config = SamplerHarness.config(args[0], args[1], args[2]);
    try (SamplerRole role =
        new SamplerRole(
            config,
            new KafkaClients(config.kafka()),
            new SimpleMeterRegistry(),
            Clock.systemUTC(),
            false)) {
      role.run();
    }
  }

  static Process start(JobConfig config) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            SamplerProcess.class.getName(),
            config.kafka().bootstrapServers(),
            config.job(),
            config.instanceId())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
