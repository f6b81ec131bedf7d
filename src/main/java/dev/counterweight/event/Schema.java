package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * What a model's inputs and outputs are, in order: what must not change while a job lives, but for
 * classes that are added at the end. It stands in every snapshot, batch record and checkpoint, so
 * that whoever goes on from one, or reads one, can tell whether it is of the same features and
 * classes.
 *
 * @param features feature names, in feature order
 * @param kinds of the features, in feature order; by {@link Feature#kind}
 * @param label the field that holds the class
 * @param classes class names, in class order
 */
public record Schema(
    List<String> features, List<String> kinds, String label, List<String> classes) {
  /** The kind of a feature that is a number. */
  public static final String NUMBER = "number";

  private static final int HASH_DIGITS = 16;
  private static final ObjectMapper JSON = new ObjectMapper();

  public Schema {
    features = List.copyOf(features);
    kinds = List.copyOf(kinds);
    classes = List.copyOf(classes);
    if (kinds.size() != features.size()) {
      throw new IllegalArgumentException(
          "a schema of %d features and %d kinds: must be as many"
              .formatted(features.size(), kinds.size()));
    }
  }

  /**
   * The features and their columns.
   *
   * @throws IllegalArgumentException if a kind is of a newer release
   */
  public FeatureSchema layout() {
    return FeatureSchema.of(features, kinds);
  }

  /** Of features that are numbers. */
  public static Schema ofNumbers(List<String> features, String label, List<String> classes) {
    return new Schema(features, Collections.nCopies(features.size(), NUMBER), label, classes);
  }

  /**
   * The schema as JSON without blanks, {@code {"features":[..],"kinds":[..],"label":"..",
   * "classes":[..]}}: two schemas are the same if and only if their texts are.
   */
  public String text() {
    ObjectNode root = JSON.createObjectNode();
    put(root, "features", features);
    put(root, "kinds", kinds);
    root.put("label", label);
    put(root, "classes", classes);
    return root.toString();
  }

  /** The first 16 hexadecimal digits of the SHA-256 of {@link #text} in UTF-8. */
  public String hash() {
    return Sha256.of(text().getBytes(StandardCharsets.UTF_8)).substring(0, HASH_DIGITS);
  }

  /** Bytes that {@link #text} takes as a JSON string, in UTF-8; at most. */
  public int quotedBytes() {
    String text = text();
    long quoted = text.chars().filter(c -> c == '"' || c == '\\').count();
    return text.getBytes(StandardCharsets.UTF_8).length + (int) quoted;
  }

  /**
   * Reads what {@link #text} gave.
   *
   * @param hash that the schema must have
   * @throws IllegalArgumentException if the text is not such a schema or has another hash
   */
  public static Schema parse(String text, String hash) {
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("a schema that is not JSON: " + e.getOriginalMessage(), e);
    }
    JsonNode label = root.path("label");
    if (!label.isTextual()) {
      throw new IllegalArgumentException("a schema without 'label'");
    }
    Schema schema =
        new Schema(
            names(root, "features"),
            names(root, "kinds"),
            label.textValue(),
            names(root, "classes"));
    schema.requireHash(hash);
    return schema;
  }

  /**
   * Demands that this is all that a writer knew of its schema.
   *
   * @throws IllegalArgumentException if the hash is another one
   */
  public void requireHash(String written) {
    if (!written.equals(hash())) {
      throw new IllegalArgumentException(
          "a schema with hash %s, but hash %s by its features and classes: written by a newer release?"
              .formatted(written, hash()));
    }
  }

  /**
   * Whether what was written under another schema is read under this one: it is the same, or
   * classes were added at its end since.
   */
  public boolean reads(Schema written) {
    return equals(written) || grows(written);
  }

  /** Whether this is another schema with classes added at its end, and nothing else changed. */
  public boolean grows(Schema earlier) {
    int before = earlier.classes.size();
    return features.equals(earlier.features)
        && kinds.equals(earlier.kinds)
        && label.equals(earlier.label)
        && classes.size() > before
        && classes.subList(0, before).equals(earlier.classes);
  }

  /**
   * How a schema that was found differs from this, the one configured, in words, with both; empty
   * if they are the same.
   */
  public Optional<String> differenceOf(Schema found) {
    return equals(found)
        ? Optional.empty()
        : Optional.of(new SchemaDifference(found, this).inWords());
  }

  private static void put(ObjectNode root, String field, List<String> names) {
    ArrayNode array = root.putArray(field);
    names.forEach(array::add);
  }

  private static List<String> names(JsonNode root, String field) {
    JsonNode array = root.path(field);
    List<String> names = new ArrayList<>();
    for (JsonNode name : array) {
      if (name.isTextual()) {
        names.add(name.textValue());
      }
    }
    if (!array.isArray() || names.size() != array.size()) {
      throw new IllegalArgumentException("a schema whose '" + field + "' is not a list of names");
    }
    return names;
  }
}
