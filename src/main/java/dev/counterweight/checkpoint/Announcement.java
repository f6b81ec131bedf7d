package dev.counterweight.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The record on {@code <job>.checkpoints} that makes a checkpoint count. The topic is compacted
 * under one constant key, so each names the earlier ones that are still kept.
 *
 * @param checkpoint the checkpoint announced
 * @param step updates made
 * @param batchOffset offset of the first batch record not yet trained on
 * @param metrics as evaluated up to this step; left out where they are too many for a record
 * @param folder absolute path of the checkpoint's folder where it was written
 * @param earlier announced before and still kept, newest first
 * @param inline {file name: base64} of the checkpoint's files, where they are small enough, so that
 *     a reader needs no shared disk; a forest is gzipped, and has .gz after its name
 */
public record Announcement(
    Ref checkpoint,
    long step,
    long batchOffset,
    Map<String, Object> metrics,
    String folder,
    List<Ref> earlier,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, String> inline) {

  /** With the record's key and the batch's own bytes, below Kafka's default limit of 1 MiB. */
  static final int MAX_BYTES = 1_000_000;

  /** Enough for the files' names, and for base64 to fill up its last digits. */
  private static final int NAMES_BYTES = 512;

  private static final String INLINE = "inline";
  static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  public Announcement {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    earlier = List.copyOf(earlier);
    inline = Collections.unmodifiableSortedMap(new TreeMap<>(inline));
  }

  /**
   * Of a checkpoint, with what it may carry of it, so that it is no larger than a record may be by
   * default: all files, from which training can go on, or {@code checkpoint.json}, the model and
   * its forest alone, from which it can be served, or nothing.
   *
   * @param earlier announced before and still kept, newest first
   * @param inlineMaxBytes the most bytes of files as they are carried, before base64; 0 for none
   */
  public static Announcement of(
      StoredCheckpoint checkpoint, List<Ref> earlier, long inlineMaxBytes) {
    CheckpointManifest manifest = checkpoint.manifest();
    Announcement bare =
        new Announcement(
            checkpoint.ref(),
            manifest.position().step(),
            manifest.position().batchOffset(),
            manifest.metrics(),
            checkpoint.location(),
            earlier,
            Collections.emptySortedMap());
    int size = bare.toJson().length;
    if (size > MAX_BYTES) {
      return bare.with(Map.of(), Collections.emptySortedMap());
    }
    long room = (MAX_BYTES - size - NAMES_BYTES) / 4 * 3;
    return bare.with(
        manifest.metrics(), InlineFiles.of(checkpoint, Math.min(inlineMaxBytes, room)));
  }

  /**
   * Names one checkpoint for certain.
   *
   * @param name of its folder in the store; cannot lead out of it
   * @param sha256 of its {@code checkpoint.json}, which in turn has those of the other files
   */
  public record Ref(String name, String sha256) {
    public Ref {
      CheckpointName.requireSafe(name);
    }
  }

  /** The same without metrics, or with these files. */
  Announcement with(Map<String, Object> otherMetrics, SortedMap<String, String> files) {
    return new Announcement(checkpoint, step, batchOffset, otherMetrics, folder, earlier, files);
  }

  /** The key of every announcement. */
  public static byte[] key() {
    return "checkpoint".getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Whether a record of that key is an announcement: the topic bears other records too, such as
   * {@link ServingOrder}s, which whoever reads announcements passes over.
   */
  public static boolean isKey(byte @Nullable [] key) {
    return Arrays.equals(key, key());
  }

  /** The record's value. */
  public byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an announcement that JSON cannot hold", e);
    }
  }

  /**
   * Reads a record's value; one without {@code inline} carries nothing.
   *
   * @throws FailureException if it is not an announcement, or names a checkpoint by a path
   */
  public static Announcement parse(byte[] json) {
    try {
      JsonNode tree = JSON.readTree(json);
      if (tree instanceof ObjectNode node && !node.has(INLINE)) {
        node.putObject(INLINE);
      }
      return JSON.treeToValue(tree, Announcement.class);
    } catch (IOException e) {
      String why = e instanceof JsonProcessingException j ? j.getOriginalMessage() : e.toString();
      throw new FailureException("a record on the checkpoints topic is not readable: " + why, e);
    }
  }

  /** Every checkpoint it names, newest first. */
  public List<Ref> all() {
    return Stream.concat(Stream.of(checkpoint), earlier.stream()).toList();
  }

  /**
   * The checkpoint that this carries.
   *
   * @throws IOException if it does not carry all of it, or what it carries is damaged
   */
  StoredCheckpoint readInline() throws IOException {
    return StoredCheckpoint.read(
        checkpoint, folder, (file, max) -> InlineFiles.decode(inline, file, max));
  }

  /** The checkpoint announced, with what this carries of it. */
  public NamedCheckpoint named() {
    return new NamedCheckpoint(checkpoint, inline);
  }
}
