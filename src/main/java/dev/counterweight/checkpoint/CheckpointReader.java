package dev.counterweight.checkpoint;

import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.event.Sha256;
import dev.counterweight.protocol.FailureException;
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

  /**
   * Reads what is served of a checkpoint that is at hand, announced or not: its files are held to
   * what its checkpoint.json says of them, and nobody vouches for that.
   *
   * @param path the checkpoint's own folder, or one with checkpoints in it, of which the one with
   *     the most steps is taken
   * @throws FailureException if there is none, or it is not whole; the message says why
   */
  public static StoredCheckpoint readServed(Path path) {
    Path folder = CheckpointInspection.folder(path).toAbsolutePath().normalize();
    try {
      byte[] json =
          readAtMost(folder.resolve(CheckpointManifest.FILE), StoredCheckpoint.MAX_MANIFEST_BYTES);
      Ref ref = new Ref(folder.getFileName().toString(), Sha256.of(json));
      return new CheckpointReader(folder.resolveSibling("")).readServed(ref);
    } catch (IOException | IllegalArgumentException e) {
      throw new FailureException(
          "checkpoint %s cannot be read: %s".formatted(folder, e.getMessage()), e);
    }
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
