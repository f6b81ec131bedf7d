package dev.counterweight.speed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.utils.AppInfoParser;
import org.jspecify.annotations.Nullable;

/** What a measurement was made on. */
final class Environment {
  private static final String LIBRARIES =
      "import platform, torch, numpy, sklearn, confluent_kafka as k;"
          + " print('Python', platform.python_version(), 'torch', torch.__version__, 'numpy',"
          + " numpy.__version__, 'scikit-learn', sklearn.__version__, 'confluent-kafka',"
          + " k.version()[0], 'librdkafka', k.libversion()[0])";

  private Environment() {}

  /**
   * {name: value}; what cannot be found out is absent.
   *
   * @param peers what {@link #libraries} tells of the peers' Python; null without any
   */
  static Map<String, String> of(@Nullable String peers) throws IOException {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    put(all, "processor", first(Path.of("/proc/cpuinfo"), "model name"));
    all.put("processors", "" + Runtime.getRuntime().availableProcessors());
    put(all, "memory", first(Path.of("/proc/meminfo"), "MemTotal"));
    all.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    all.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    all.put("kafka", AppInfoParser.getVersion());
    put(all, "commit", said(List.of("git", "rev-parse", "--short=12", "HEAD")));
    put(all, "peers", peers);
    return all;
  }

  /** A Python's libraries, by their versions; null if it lacks one that the peers need. */
  static @Nullable String libraries(String python) {
    return said(List.of(python, "-c", LIBRARIES));
  }

  private static void put(Map<String, String> all, String name, @Nullable String value) {
    if (value != null) {
      all.put(name, value);
    }
  }

  private static @Nullable String first(Path file, String name) throws IOException {
    if (!Files.isReadable(file)) {
      return null;
    }
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).trim())
        .findFirst()
        .orElse(null);
  }

  private static @Nullable String said(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String line = process.inputReader().readLine();
      boolean ended = process.waitFor(60, TimeUnit.SECONDS);
      return ended && process.exitValue() == 0 ? line : null;
    } catch (IOException e) {
      return null; // no such program
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
