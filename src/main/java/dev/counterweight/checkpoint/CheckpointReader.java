package dev.counterweight.checkpoint;

import dev.counterweight.checkpoint.Announcement.Ref;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A folder of checkpoints that is only read, of who need not be able to write there: nothing is
 * made in it, and it may be absent for a while. Stateless and thread-safe.
 */
public final class CheckpointReader {
  private final Path folder;

  public CheckpointReader(Path folder) {
    this.folder = folder.toAbsolutePath().normalize();
  }

  Path folder() {
    return folder;
  }

  /** Where the checkpoint of that name is or would be, for a person and for other programs. */
  public String location(String name) {
    return folder.resolve(name).toString();
  }

  /**
   * Reads a checkpoint back.
   *
   * @throws IOException if it is absent, cannot be reached, or is not the one named; the message
   *     says what is wrong
   */
  public StoredCheckpoint read(Ref ref) throws IOException {
    return StoredCheckpoint.read(ref, location(ref.name()), source(ref));
  }

  /**
   * Reads what of a checkpoint is served, and nothing else of it: its model.
   *
   * @throws IOException as {@link #read}
   */
  public StoredCheckpoint readServed(Ref ref) throws IOException {
    return StoredCheckpoint.readServed(ref, location(ref.name()), source(ref));
  }

  /**
   * Reads what a checkpoint says of itself.
   *
   * @throws IOException as {@link #read}
   */
  public CheckpointManifest readManifest(Ref ref) throws IOException {
    return StoredCheckpoint.readManifest(ref, source(ref));
  }

  private StoredCheckpoint.Source source(Ref ref) {
    Path path = folder.resolve(ref.name());
    return (file, max) -> readAtMost(path.resolve(file), max);
  }

  /**
   * Reads a file, unless it is larger than it may be.
   *
   * @throws IOException naming the file without its folder
   */
  static byte[] readAtMost(Path file, long maxBytes) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file.getFileName() + " is missing");
    }
    long size = Files.size(file);
    if (size > maxBytes) {
      throw new IOException(
          "%s has %d bytes, not %d".formatted(file.getFileName(), size, maxBytes));
    }
    return Files.readAllBytes(file);
  }
}
