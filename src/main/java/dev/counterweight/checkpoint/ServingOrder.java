package dev.counterweight.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The record on {@code <job>.checkpoints} by which an operator has all scorers serve one
 * checkpoint, whatever is announced, until the order is taken back by a record of the same key
 * without a value. Trainers pass it over.
 *
 * @param checkpoint the one to be served
 * @param folder absolute path of its folder where the order was given
 * @param inline as an announcement's: what serves, if it is small enough, so that it can be served
 *     once newer checkpoints have driven it out of the store
 */
public record ServingOrder(
    Ref checkpoint,
    String folder,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) SortedMap<String, String> inline) {

  /** The most bytes of a model that an order carries: with base64 it stays below 1 MiB. */
  private static final long INLINE_BYTES = 640 << 10;

  public ServingOrder {
    inline = Collections.unmodifiableSortedMap(new TreeMap<>(inline));
  }

  /** Of a checkpoint, with its model where that is small enough. */
  public static ServingOrder of(StoredCheckpoint checkpoint) {
    return new ServingOrder(
        checkpoint.ref(), checkpoint.location(), InlineFiles.served(checkpoint, INLINE_BYTES));
  }

  /** The key of every order. */
  public static byte[] key() {
    return "serving".getBytes(StandardCharsets.UTF_8);
  }

  /** Whether a record of that key is an order, or takes one back. */
  public static boolean isKey(byte @Nullable [] key) {
    return Arrays.equals(key, key());
  }

  /** The record's value. */
  public byte[] toJson() {
    try {
      return Announcement.JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an order that JSON cannot hold", e);
    }
  }

  /**
   * Reads a record's value.
   *
   * @throws FailureException if it is not an order, or names a checkpoint by a path
   */
  public static ServingOrder parse(byte[] json) {
    try {
      if (Announcement.JSON.readTree(json) instanceof ObjectNode node) {
        if (!node.has("inline")) {
          node.putObject("inline");
        }
        return Announcement.JSON.treeToValue(node, ServingOrder.class);
      }
      throw new FailureException("a record of key 'serving' is no JSON object");
    } catch (IOException e) {
      String why = e instanceof JsonProcessingException j ? j.getOriginalMessage() : e.toString();
      throw new FailureException("a record of key 'serving' is not readable: " + why, e);
    }
  }

  /** The checkpoint to be served, with what this carries of it. */
  public NamedCheckpoint named() {
    return new NamedCheckpoint(checkpoint, inline);
  }
}
