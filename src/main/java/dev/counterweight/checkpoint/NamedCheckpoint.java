package dev.counterweight.checkpoint;

import dev.counterweight.checkpoint.Announcement.Ref;
import java.io.IOException;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A checkpoint by what names it for certain, and what was carried along with the name. What is
 * served of it is read from that, which takes no disk, and else from the store.
 *
 * @param inline {file name: base64}; may be empty
 */
public record NamedCheckpoint(Ref ref, SortedMap<String, String> inline) {
  public NamedCheckpoint {
    inline = Collections.unmodifiableSortedMap(new TreeMap<>(inline));
  }

  /** One that is named alone. */
  public static NamedCheckpoint of(Ref ref) {
    return new NamedCheckpoint(ref, Collections.emptySortedMap());
  }

  /** The step that its name says; empty if its name is not one that a trainer gives. */
  public OptionalLong step() {
    CheckpointName name = CheckpointName.parse(ref.name());
    return name == null ? OptionalLong.empty() : OptionalLong.of(name.step());
  }

  /**
   * What it says of itself.
   *
   * @throws IOException if it is neither carried nor in the store, whole; the message says why
   */
  public CheckpointManifest readManifest(CheckpointReader store) throws IOException {
    return carries(CheckpointManifest.FILE)
        ? StoredCheckpoint.readManifest(ref, (file, max) -> decode(inline, file))
        : store.readManifest(ref);
  }

  /**
   * What of it is served.
   *
   * @throws IOException as {@link #readManifest}
   */
  public StoredCheckpoint readServed(CheckpointReader store) throws IOException {
    return carries(CheckpointManifest.FILE) && carries(StoredCheckpoint.MODEL)
        ? StoredCheckpoint.readServed(
            ref, store.location(ref.name()), (file, max) -> decode(inline, file))
        : store.readServed(ref);
  }

  private boolean carries(String file) {
    return inline.containsKey(file);
  }

  /** A file of those that a record carries. */
  static byte[] decode(Map<String, String> inline, String file) throws IOException {
    String base64 = inline.get(file);
    if (base64 == null) {
      throw new IOException("the record does not carry " + file);
    }
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " in the record is not base64", e);
    }
  }
}
