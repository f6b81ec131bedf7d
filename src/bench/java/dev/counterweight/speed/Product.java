package dev.counterweight.speed;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Starts Counterweight as a user does.
 *
 * @param bootstrap address of the broker
 * @param dir where job files and checkpoints go
 * @param launcher the program that starts it; null for {@code java} on this program's class path
 *     with the launcher's options
 * @param more settings of every job
 */
record Product(String bootstrap, Path dir, @Nullable Path launcher, Map<String, String> more) {
  /** Settings of a job over made events. */
  Map<String, String> settings(
      String job, String topic, MadeEvents events, Map<String, String> own) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("job", job);
    all.put("instance.id", "one");
    all.put("bootstrap.servers", bootstrap);
    all.put("events.topic", topic);
    all.put("events.format", events.json() ? "json" : "float32");
    all.put("events.features", events.featureNames());
    all.put("events.label", "label");
    all.put("events.classes", events.classNames());
    all.put("checkpoint.dir", dir.resolve("checkpoints").resolve(job).toString());
    all.put("metrics.port", "0");
    all.putAll(own);
    all.putAll(more);
    return all;
  }

  /** Runs a role of a job; {@code options} are of the command {@code run}. */
  MeteredProcess.Launch run(Map<String, String> settings, String role, String... options)
      throws IOException {
    Path file = write(settings);
    List<String> command =
        new ArrayList<>(
            launcher == null
                ? LaunchedJava.command("dev.counterweight.cli.Main")
                : List.of("" + launcher));
    command.addAll(List.of("run", "--config", file.toString(), "--role", role));
    command.addAll(List.of(options));
    return new MeteredProcess.Launch(
        command, launcher == null ? LaunchedJava.ENVIRONMENT : Map.of());
  }

  /** Writes a job's file. */
  Path write(Map<String, String> settings) throws IOException {
    Properties properties = new Properties();
    properties.putAll(settings);
    Path file = dir.resolve(settings.get("job") + ".properties");
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    return file;
  }
}
