package dev.counterweight.checkpoint;

import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.checkpoint.CheckpointManifest.FileEntry;
import dev.counterweight.event.Sha256;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of checkpoints. A checkpoint is there whole or not at all: it is written to a temporary
 * folder, every file and the folder are synced, then it is renamed and the parent synced. One that
 * was damaged later is noticed by its hashes and never returned. Nothing is overwritten: each has a
 * name of its own. The writer may fail at any moment: every method may be called again after it
 * threw.
 *
 * <p>Several jobs may share a folder, and several writers of one job; each touches its own job's
 * checkpoints only. Not thread-safe.
 */
public final class CheckpointFolder {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);
  private static final String TEMPORARY = ".tmp-";

  private final Path folder;
  private final CheckpointReader reader;
  private final String job;
  private final String writer;

  /**
   * Opens a folder, making it where it is absent.
   *
   * @param instanceId of the writer; stands in folder names
   * @throws FailureException if it cannot be created or written to
   */
  public CheckpointFolder(Path folder, String job, String instanceId) {
    this.reader = new CheckpointReader(folder);
    this.folder = reader.folder();
    this.job = job;
    this.writer = CheckpointName.writer(instanceId);
    try {
      Files.createDirectories(this.folder);
      Files.delete(Files.createTempFile(this.folder, TEMPORARY, ""));
    } catch (IOException e) {
      throw new FailureException(
          "checkpoint.dir=%s: must be a folder that this user can create and write to (%s)"
              .formatted(this.folder, e),
          e);
    }
  }

  /** The writer's id as it stands in names. */
  public String writer() {
    return writer;
  }

  /** Where the checkpoint of that name is or would be, for a person and for other programs. */
  public String location(String name) {
    return reader.location(name);
  }

  /** Removes what this writer left half written for this job; for the job's only active writer. */
  public void removeTemporary() {
    for (Path path : children()) {
      if (path.getFileName().toString().startsWith(temporaryPrefix())) {
        LOG.info("removing {}, left by a checkpoint that was never finished", path);
        delete(path);
      }
    }
  }

  /**
   * Writes a checkpoint; on return it would survive a crash of the machine.
   *
   * @param manifest without its files, which are filled in
   * @param files {file name: bytes}
   * @throws IOException if it could not be written; then nothing is there
   */
  public StoredCheckpoint write(CheckpointManifest manifest, SortedMap<String, byte[]> files)
      throws IOException {
    SortedMap<String, FileEntry> entries = new TreeMap<>();
    files.forEach((name, b) -> entries.put(name, new FileEntry(b.length, Sha256.of(b))));
    CheckpointManifest whole = manifest.withFiles(entries);
    byte[] json = whole.toJson();
    Files.createDirectories(folder);
    Path temporary = Files.createTempDirectory(folder, temporaryPrefix());
    try {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        writeSynced(temporary.resolve(file.getKey()), file.getValue());
      }
      writeSynced(temporary.resolve(CheckpointManifest.FILE), json);
      sync(temporary);
      String name = rename(temporary, manifest.position().step());
      sync(folder);
      return new StoredCheckpoint(new Ref(name, Sha256.of(json)), location(name), whole, files);
    } catch (IOException e) {
      delete(temporary);
      throw e;
    }
  }

  /**
   * Reads a checkpoint back.
   *
   * @throws IOException if it is absent, cannot be reached, or is not the one named; the message
   *     says what is wrong
   */
  public StoredCheckpoint read(Ref ref) throws IOException {
    return reader.read(ref);
  }

  /**
   * Deletes this job's checkpoints that {@code announced} neither is nor names, if they are older.
   * To be called only once {@code announced} is committed. What cannot be deleted stays: it costs
   * space, not correctness.
   */
  public void retain(Announcement announced) {
    Set<String> kept = announced.all().stream().map(Ref::name).collect(Collectors.toSet());
    CheckpointName newest = CheckpointName.parse(announced.checkpoint().name());
    for (Path path : children()) {
      CheckpointName name = CheckpointName.parse(path.getFileName().toString());
      if (name != null
          && newest != null
          && !kept.contains(name.name())
          && name.before(newest)
          && ours(path)) {
        delete(path);
      }
    }
  }

  private boolean ours(Path path) {
    try {
      return CheckpointManifest.parse(Files.readAllBytes(path.resolve(CheckpointManifest.FILE)))
          .job()
          .equals(job);
    } catch (IOException e) {
      // What cannot be read might be another job's: it stays.
      LOG.debug("{} is kept: {}", path, e.toString());
      return false;
    }
  }

  private String rename(Path temporary, long step) throws IOException {
    int first = attempts(step) + 1;
    for (int attempt = first; ; attempt++) {
      String name = CheckpointName.of(step, writer, attempt).name();
      Path target = folder.resolve(name);
      // A rename may replace an empty folder, never a full one.
      if (!Files.exists(target)) {
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        return name;
      }
      if (attempt - first == 10_000) {
        throw new FileAlreadyExistsException(target.toString());
      }
    }
  }

  /** The number of this writer's newest checkpoint at a step, 0 if there is none. */
  private int attempts(long step) {
    return children().stream()
        .map(path -> CheckpointName.parse(path.getFileName().toString()))
        .filter(name -> name != null && name.step() == step && name.writer().equals(writer))
        .mapToInt(CheckpointName::attempt)
        .max()
        .orElse(0);
  }

  private String temporaryPrefix() {
    return TEMPORARY + job + "~" + writer + "~";
  }

  private List<Path> children() {
    try (Stream<Path> paths = Files.list(folder)) {
      return new ArrayList<>(paths.sorted().toList());
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("checkpoint.dir={} cannot be listed: {}", folder, e.toString());
      return List.of();
    }
  }

  private static void writeSynced(Path file, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** What cannot be deleted costs space, not correctness. */
  private static void delete(Path root) {
    try {
      Utils.delete(root.toFile());
    } catch (IOException e) {
      LOG.warn("{} cannot be deleted: {}", root, e.toString());
    }
  }
}
