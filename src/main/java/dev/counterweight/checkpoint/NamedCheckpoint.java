package dev.counterweight.checkpoint;

import dev.counterweight.checkpoint.Announcement.Ref;
import java.io.IOException;
import java.util.Collections;
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
        ? StoredCheckpoint.readManifest(ref, carried())
        : store.readManifest(ref);
  }

  /**
   * What of it is served.
   *
   * @throws IOException as {@link #readManifest}
   */
  public StoredCheckpoint readServed(CheckpointReader store) throws IOException {
    if (!carries(CheckpointManifest.FILE) || !carries(StoredCheckpoint.MODEL)) {
      return store.readServed(ref);
    }
    try {
      return StoredCheckpoint.readServed(ref, store.location(ref.name()), carried());
    } catch (IOException e) {
      return readServedInstead(store, e);
    }
  }

  private StoredCheckpoint readServedInstead(CheckpointReader store, IOException carried)
      throws IOException {
    try {
      return store.readServed(ref);
    } catch (IOException e) {
      e.addSuppressed(carried);
      throw new IOException(
          "%s; and in the store: %s".formatted(carried.getMessage(), e.getMessage()), e);
    }
  }

  private StoredCheckpoint.Source carried() {
    return (file, max) -> InlineFiles.decode(inline, file, max);
  }

  private boolean carries(String file) {
    return inline.containsKey(file);
  }
}
