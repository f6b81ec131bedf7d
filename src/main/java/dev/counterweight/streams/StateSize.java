package dev.counterweight.streams;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How much a folder holds, looked at now and then. Not thread-safe. */
public final class StateSize {
  private static final Logger LOG = LoggerFactory.getLogger(StateSize.class);
  private static final Duration EVERY = Duration.ofMinutes(1);

  private final Path folder;
  private final LongConsumer told;
  private long nextNs = System.nanoTime();

  /**
   * @param told is given the size
   */
  public StateSize(Path folder, LongConsumer told) {
    this.folder = folder;
    this.told = told;
  }

  /** Tells how much it is, where it is time. */
  public void look() {
    if (System.nanoTime() - nextNs >= 0) {
      nextNs = System.nanoTime() + EVERY.toNanos();
      told.accept(bytes(folder));
    }
  }

  /** Files come and go meanwhile. */
  public static long bytes(Path folder) {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(StateSize::ofFile).sum();
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("the size of {} is not known: {}", folder, e.toString());
      return 0;
    }
  }

  private static long ofFile(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return 0;
    }
  }
}
