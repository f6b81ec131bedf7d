package dev.counterweight.checkpoint;

import dev.counterweight.checkpoint.CheckpointManifest.FileEntry;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A look at a checkpoint on disk, whoever wrote it.
 *
 * @param folder the checkpoint's own
 * @param problems {file name: what is wrong with it}; empty if the checkpoint is whole
 */
public record CheckpointInspection(
    Path folder, CheckpointManifest manifest, SortedMap<String, String> problems) {

  /**
   * Looks at a checkpoint, or at the one with the most steps in a folder of checkpoints.
   *
   * @throws FailureException if there is none, or its checkpoint.json cannot be read
   */
  public static CheckpointInspection of(Path path) {
    Path folder = folder(path);
    CheckpointManifest manifest = manifest(folder.resolve(CheckpointManifest.FILE));
    SortedMap<String, String> problems = new TreeMap<>();
    for (Map.Entry<String, FileEntry> entry : manifest.files().entrySet()) {
      try {
        StoredCheckpoint.file(
            entry.getKey(),
            entry.getValue(),
            (file, max) -> CheckpointReader.readAtMost(folder.resolve(file), max));
      } catch (IOException e) {
        problems.put(entry.getKey(), String.valueOf(e.getMessage()));
      }
    }
    return new CheckpointInspection(folder.toAbsolutePath().normalize(), manifest, problems);
  }

  /** Whether every file is as it was written. */
  public boolean whole() {
    return problems.isEmpty();
  }

  /**
   * A checkpoint's own folder: that one, or that of the one with the most steps in it.
   *
   * @throws FailureException if there is none
   */
  static Path folder(Path path) {
    return Files.exists(path.resolve(CheckpointManifest.FILE)) ? path : newest(path);
  }

  private static Path newest(Path path) {
    try (Stream<Path> children = Files.list(path)) {
      return children
          .map(child -> CheckpointName.parse(child.getFileName().toString()))
          .filter(Objects::nonNull)
          .max(
              Comparator.comparingLong(CheckpointName::step)
                  .thenComparingInt(CheckpointName::attempt)
                  .thenComparing(CheckpointName::name))
          .map(name -> path.resolve(name.name()))
          .orElseThrow(
              () ->
                  new FailureException(
                      path + " is neither a checkpoint nor a folder with checkpoints in it"));
    } catch (IOException e) {
      throw new FailureException(path + ": must be a folder that can be read (" + e + ")", e);
    }
  }

  private static CheckpointManifest manifest(Path file) {
    try {
      return CheckpointManifest.parse(Files.readAllBytes(file));
    } catch (IOException | IllegalArgumentException e) {
      throw new FailureException(file + " is not a readable checkpoint: " + e.getMessage(), e);
    }
  }
}
