package dev.counterweight.checkpoint;

import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.checkpoint.CheckpointManifest.FileEntry;
import dev.counterweight.event.Sha256;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A checkpoint with its bytes, which are those that its manifest's hashes promise.
 *
 * @param location where it lies
 * @param files {file name: bytes}, without {@code checkpoint.json}; of one read to be served, those
 *     of {@link #SERVED} alone
 */
public record StoredCheckpoint(
    Ref ref, String location, CheckpointManifest manifest, SortedMap<String, byte[]> files) {
  /** The file of what serves: parameters, and the normaliser's mean and scale. */
  public static final String MODEL = "model.safetensors";

  public static final String OPTIMIZER = "optimizer.safetensors";

  /** The file of all else that training goes on from. */
  public static final String STATE = "state.safetensors";

  /** The file of what serves of a forest: trees and their counts; of a job that has one. */
  public static final String FOREST = "forest.safetensors";

  /** What is served; {@link #FOREST} where there is one. */
  static final List<String> SERVED = List.of(MODEL, FOREST);

  /** A larger {@code checkpoint.json} is not read. */
  static final int MAX_MANIFEST_BYTES = 16 << 20;

  public StoredCheckpoint {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /**
   * Reads a checkpoint on disk, or the one with the most steps in a folder of checkpoints, whoever
   * wrote it and whether it was announced or not.
   *
   * @throws FailureException if there is none, or it is not whole; the message says why
   */
  public static StoredCheckpoint at(Path path) {
    Path folder = CheckpointInspection.of(path).folder();
    Source source = (file, max) -> CheckpointReader.readAtMost(folder.resolve(file), max);
    try {
      byte[] json = source.read(CheckpointManifest.FILE, MAX_MANIFEST_BYTES);
      Ref ref = new Ref(String.valueOf(folder.getFileName()), Sha256.of(json));
      return read(ref, folder.toString(), source);
    } catch (IOException | IllegalArgumentException e) {
      throw new FailureException(
          "checkpoint %s cannot be used: %s".formatted(folder, e.getMessage()), e);
    }
  }

  /** Gives a checkpoint's files by name. */
  @FunctionalInterface
  interface Source {
    /**
     * The bytes of a file.
     *
     * @throws IOException if there is none, or it has more than {@code maxBytes}
     */
    byte[] read(String file, long maxBytes) throws IOException;
  }

  /**
   * Reads a checkpoint, checking every byte of it against {@code ref}.
   *
   * @throws IOException if it is not the one named; the message says what is wrong
   */
  static StoredCheckpoint read(Ref ref, String location, Source source) throws IOException {
    CheckpointManifest manifest = readManifest(ref, source);
    return new StoredCheckpoint(ref, location, manifest, files(manifest, source));
  }

  /**
   * Reads what of a checkpoint is served, checked as {@link #read} does.
   *
   * @throws IOException likewise
   */
  static StoredCheckpoint readServed(Ref ref, String location, Source source) throws IOException {
    CheckpointManifest manifest = readManifest(ref, source);
    if (!manifest.files().containsKey(MODEL)) {
      throw new IOException(MODEL + " is not part of it");
    }
    SortedMap<String, byte[]> served = new TreeMap<>();
    for (String name : SERVED) {
      FileEntry entry = manifest.files().get(name);
      if (entry != null) {
        served.put(name, file(name, entry, source));
      }
    }
    return new StoredCheckpoint(ref, location, manifest, served);
  }

  /**
   * Reads what a checkpoint says of itself.
   *
   * @throws IOException if it is not the one named; the message says what is wrong
   */
  static CheckpointManifest readManifest(Ref ref, Source source) throws IOException {
    byte[] json = source.read(CheckpointManifest.FILE, MAX_MANIFEST_BYTES);
    if (!Sha256.of(json).equals(ref.sha256())) {
      throw new IOException(CheckpointManifest.FILE + " is not the one announced");
    }
    return CheckpointManifest.parse(json);
  }

  /**
   * Reads the files that a manifest lists, each of them whole.
   *
   * @throws IOException if one is not as listed; the message names it
   */
  static SortedMap<String, byte[]> files(CheckpointManifest manifest, Source source)
      throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    for (Map.Entry<String, FileEntry> entry : manifest.files().entrySet()) {
      files.put(entry.getKey(), file(entry.getKey(), entry.getValue(), source));
    }
    return files;
  }

  /** Reads one file that a manifest lists. */
  static byte[] file(String name, FileEntry entry, Source source) throws IOException {
    byte[] bytes = source.read(name, entry.bytes());
    if (bytes.length != entry.bytes()) {
      throw new IOException("%s has %d bytes, not %d".formatted(name, bytes.length, entry.bytes()));
    }
    if (!Sha256.of(bytes).equals(entry.sha256())) {
      throw new IOException(name + " has another SHA-256 than when it was written");
    }
    return bytes;
  }
}
