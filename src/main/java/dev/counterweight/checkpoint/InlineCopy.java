package dev.counterweight.checkpoint;

import java.io.IOException;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of a small checkpoint inside its announcement, in base64, so that a reader needs no
 * shared disk: all of them, from which training can go on, or {@code checkpoint.json} and the model
 * alone, from which it can be served.
 */
public final class InlineCopy {
  /** Enough for the files' names, and for base64 to fill up its last digits. */
  private static final int NAMES_BYTES = 512;

  private InlineCopy() {}

  /**
   * An announcement with what it may carry of its checkpoint, so that it is no larger than a record
   * may be by default.
   *
   * @param bare the announcement, carrying nothing
   * @param maxBytes the most bytes of files, before base64; 0 for none
   */
  public static Announcement in(Announcement bare, StoredCheckpoint checkpoint, long maxBytes) {
    int size = bare.toJson().length;
    if (size > Announcement.MAX_BYTES) {
      return bare.with(Map.of(), Collections.emptySortedMap());
    }
    long room = (Announcement.MAX_BYTES - size - NAMES_BYTES) / 4 * 3;
    return bare.with(bare.metrics(), of(checkpoint, Math.min(maxBytes, room)));
  }

  /**
   * What of a checkpoint an announcement may carry.
   *
   * @param maxBytes the most bytes of files, before base64; 0 for none
   * @return {file name: base64}: everything, or checkpoint.json and the model, or nothing
   */
  static SortedMap<String, String> of(StoredCheckpoint checkpoint, long maxBytes) {
    SortedMap<String, byte[]> all = new TreeMap<>(checkpoint.files());
    all.put(CheckpointManifest.FILE, checkpoint.manifest().toJson());
    SortedMap<String, byte[]> model = new TreeMap<>(all);
    model
        .keySet()
        .removeIf(
            name -> !name.equals(StoredCheckpoint.MODEL) && !name.equals(CheckpointManifest.FILE));
    if (size(all) <= maxBytes) {
      return encode(all);
    }
    return size(model) <= maxBytes ? encode(model) : Collections.emptySortedMap();
  }

  /**
   * The checkpoint that an announcement carries.
   *
   * @throws IOException if it does not carry all of it, or what it carries is damaged
   */
  static StoredCheckpoint read(Announcement announcement) throws IOException {
    return StoredCheckpoint.read(
        announcement.checkpoint(),
        announcement.folder(),
        (file, max) -> decode(announcement.inline(), file));
  }

  private static byte[] decode(Map<String, String> inline, String file) throws IOException {
    if (!inline.containsKey(file)) {
      throw new IOException("the announcement does not carry " + file);
    }
    try {
      return Base64.getDecoder().decode(Objects.requireNonNull(inline.get(file)));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " in the announcement is not base64", e);
    }
  }

  private static SortedMap<String, String> encode(SortedMap<String, byte[]> files) {
    SortedMap<String, String> encoded = new TreeMap<>();
    files.forEach((name, bytes) -> encoded.put(name, Base64.getEncoder().encodeToString(bytes)));
    return encoded;
  }

  private static long size(SortedMap<String, byte[]> files) {
    return files.values().stream().mapToLong(bytes -> bytes.length).sum();
  }
}
