package dev.counterweight.demo;

import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Where a demo works: report and checkpoints stay, the broker's data, the roles' state and the copy
 * of the stream's file are deleted on {@link #close}.
 */
final class DemoFolder implements AutoCloseable {
  private final Path dir;

  /**
   * Takes a folder.
   *
   * @param wanted a new or empty folder, or null for a new one among the temporary files
   * @throws FailureException if it is not empty or cannot be made
   */
  DemoFolder(@Nullable Path wanted) {
    try {
      this.dir =
          wanted == null
              ? Files.createTempDirectory("counterweight-demo-")
              : Files.createDirectories(wanted).toAbsolutePath().normalize();
    } catch (IOException e) {
      throw new FailureException("the demo's folder cannot be made: " + e, e);
    }
    try (Stream<Path> inside = Files.list(dir)) {
      if (inside.findAny().isPresent()) {
        throw new FailureException(
            "folder " + dir + " is not empty: the demo needs a new or an empty one");
      }
    } catch (IOException e) {
      throw new FailureException("folder " + dir + " cannot be read: " + e, e);
    }
  }

  /**
   * Looks whether a file can be written at the end, before there is anything to lose.
   *
   * @param summary the file, or null if none is wanted
   * @throws FailureException if its folder is not there, or nothing may be written
   */
  static void requireFolderOf(@Nullable Path summary) {
    if (summary == null) {
      return;
    }
    Path dir = summary.toAbsolutePath().getParent();
    if (dir == null || !Files.isDirectory(dir) || Files.isDirectory(summary)) {
      throw new FailureException(
          "--summary %s cannot be written: it must be a file in a folder that is there"
              .formatted(summary));
    }
    if (!Files.isWritable(Files.exists(summary) ? summary : dir)) {
      throw new FailureException(
          "--summary %s cannot be written: this user may not".formatted(summary));
    }
  }

  Path broker() {
    return dir.resolve("broker");
  }

  Path data() {
    return dir.resolve("shuttle.csv.gz");
  }

  /** Of the roles that keep state on disk. */
  Path state() {
    return dir.resolve("state");
  }

  Path checkpoints() {
    return dir.resolve("checkpoints");
  }

  Path report() {
    return dir.resolve("report.html");
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(data());
      Utils.delete(state().toFile());
      Utils.delete(broker().toFile());
    } catch (IOException e) {
      throw new FailureException("the broker's data in " + dir + " cannot be deleted: " + e, e);
    }
  }
}
