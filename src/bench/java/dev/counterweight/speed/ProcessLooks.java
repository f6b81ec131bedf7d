package dev.counterweight.speed;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a job's process from outside: what the system says of it, the bytes in its folders, and
 * the lag of its roles by its metrics. Used by one thread.
 *
 * @param pid of the process
 * @param folders {name: folder whose bytes count}
 * @param metricsPort on loopback
 */
record ProcessLooks(long pid, Map<String, Path> folders, int metricsPort, HttpClient client) {
  private static final Pattern LAG =
      Pattern.compile("(?m)^counterweight_lag_records\\{.*?role=\"(\\w+)\".*?\\} (\\S+)$");
  private static final Pattern KIB = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");
  private static final Pattern THREADS = Pattern.compile("(?m)^Threads:\\s+(\\d+)$");
  private static final double MIB = 1 << 20;

  ProcessLooks(long pid, Map<String, Path> folders, int metricsPort) {
    this(pid, Map.copyOf(folders), metricsPort, HttpClient.newHttpClient());
  }

  /** {measure: what it is now}, in an order that stays. */
  Map<String, Double> look() throws IOException, InterruptedException {
    Path proc = Path.of("/proc", Long.toString(pid));
    String status = Files.readString(proc.resolve("status"));
    Map<String, Double> all = new LinkedHashMap<>();
    all.put("resident, MiB", figure(KIB, status) * 1024 / MIB);
    all.put("threads", figure(THREADS, status));
    try (Stream<Path> open = Files.list(proc.resolve("fd"))) {
      all.put("descriptors", (double) open.count());
    }
    for (Map.Entry<String, Path> folder : folders.entrySet()) {
      all.put(folder.getKey() + ", MiB", bytes(folder.getValue()) / MIB);
    }
    lags().forEach((role, lag) -> all.put("lag of " + role + ", records", lag));
    return all;
  }

  /** {role: offsets that it has yet to pass}; empty before the job answers. */
  Map<String, Double> lags() throws InterruptedException {
    Map<String, Double> lags = new TreeMap<>();
    Matcher found = LAG.matcher(metrics());
    while (found.find()) {
      lags.merge(found.group(1), Double.parseDouble(found.group(2)), Double::sum);
    }
    return lags;
  }

  private String metrics() throws InterruptedException {
    URI metrics = URI.create("http://127.0.0.1:" + metricsPort + "/metrics");
    try {
      return client
          .send(
              HttpRequest.newBuilder(metrics).timeout(Duration.ofSeconds(10)).build(),
              BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return ""; // it is starting, or has ended, which its process tells
    }
  }

  private static double figure(Pattern line, String text) {
    Matcher found = line.matcher(text);
    if (!found.find()) {
      throw new IllegalStateException("no line " + line + " in:\n" + text);
    }
    return Double.parseDouble(found.group(1));
  }

  /** Of all files in it, which may come and go meanwhile. */
  private static double bytes(Path folder) throws IOException {
    LongAdder bytes = new LongAdder();
    if (Files.exists(folder)) {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes of) {
              bytes.add(of.size());
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
    }
    return bytes.sum();
  }
}
