package dev.counterweight.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.StreamIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A snapshot as the JSON object that stands in {@code <job>.class-weights}. Fields that a reader
 * does not know are ignored; a schema number above its own is refused. Thread-safe.
 */
public final class SnapshotJson {
  /** The schema that this class writes. */
  public static final int SCHEMA = 1;

  private static final ObjectMapper JSON = new ObjectMapper();

  private SnapshotJson() {}

  /** The snapshot as UTF-8 JSON. Every number in it must be finite. */
  public static byte[] write(Snapshot weights) {
    ObjectNode root = JSON.createObjectNode();
    root.put("schema", SCHEMA);
    root.put("job", weights.job());
    root.put("version", weights.version());
    putAsOf(root, weights);
    ArrayNode classes = root.putArray("classes");
    weights.classes().forEach(classes::add);
    ArrayNode events = root.putArray("events");
    for (long count : weights.events()) {
      events.add(count);
    }
    putDoubles(root, "n", weights.n());
    putDoubles(root, "weighted", weights.weighted());
    putDoubles(root, "positive", weights.positive());
    putDoubles(root, "priors", weights.priors());
    putDoubles(root, "weights", weights.weights());
    root.put("formula", weights.formula());
    ObjectNode parameters = root.putObject("parameters");
    weights.parameters().forEach(parameters::put);
    putOffsets(root, "covered", weights.covered());
    putOffsets(root, "from", weights.from());
    putOffsets(root, "end", weights.end());
    root.put("cluster_id", weights.stream().clusterId());
    root.put("topic_id", weights.stream().topicId());
    Schema schema = weights.schema();
    if (schema != null) {
      root.put("schema_hash", schema.hash());
      root.putRawValue("event_schema", new RawValue(schema.text()));
    }
    try {
      return JSON.writeValueAsBytes(root);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What was counted, for a person to look at: {@code {"job", "version", "as_of", "events",
   * "classes": {name: {"events", "n", "weighted", "prior"}}, "covered"}}.
   */
  public static String counts(Snapshot weights) {
    ObjectNode root = JSON.createObjectNode();
    root.put("job", weights.job());
    root.put("version", weights.version());
    putAsOf(root, weights);
    root.put("events", weights.totalEvents());
    ObjectNode classes = root.putObject("classes");
    for (int c = 0; c < weights.classCount(); c++) {
      classes
          .putObject(weights.classes().get(c))
          .put("events", weights.events()[c])
          .put("n", weights.n()[c])
          .put("weighted", weights.weighted()[c])
          .put("prior", weights.priors()[c]);
    }
    putOffsets(root, "covered", weights.covered());
    return root.toString();
  }

  /**
   * Reads a snapshot.
   *
   * @throws IllegalArgumentException naming the field, if the bytes are not such a snapshot
   */
  public static Snapshot read(byte[] json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (IOException e) {
      throw new IllegalArgumentException("class weights are not JSON: " + e.getMessage(), e);
    }
    if (root == null || !root.isObject()) {
      throw new IllegalArgumentException("class weights are not a JSON object");
    }
    long schema = integer(root, "schema");
    if (schema != SCHEMA) {
      throw new IllegalArgumentException(
          "class weights of schema %d: this version reads schema %d".formatted(schema, SCHEMA));
    }
    List<String> classes = new ArrayList<>();
    array(root, "classes", -1).forEach(name -> classes.add(name.asText()));
    int k = classes.size();
    JsonNode counts = array(root, "events", k);
    long[] events = new long[k];
    for (int c = 0; c < k; c++) {
      events[c] = integer(counts.get(c), "events");
    }
    double[] n = doubles(root, "n", k);
    double[] weighted = doubles(root, "weighted", k);
    Map<String, Double> parameters = new TreeMap<>();
    object(root, "parameters")
        .properties()
        .forEach(e -> parameters.put(e.getKey(), number(e.getValue(), e.getKey())));
    return new Snapshot(
        text(root, "job"),
        integer(root, "version"),
        root.path("as_of").isNull() ? Long.MIN_VALUE : integer(root, "as_of"),
        classes,
        events,
        n,
        weighted,
        root.has("positive")
            ? doubles(root, "positive", k)
            : ClassCounts.positiveUnknown(n, weighted),
        doubles(root, "priors", k),
        doubles(root, "weights", k),
        text(root, "formula"),
        parameters,
        offsets(root, "covered"),
        offsets(root, "from"),
        offsets(root, "end"),
        new StreamIdentity(text(root, "cluster_id"), text(root, "topic_id")),
        root.has("schema_hash") ? schema(root) : null);
  }

  private static Schema schema(JsonNode root) {
    return Schema.parse(object(root, "event_schema").toString(), text(root, "schema_hash"));
  }

  private static void putAsOf(ObjectNode root, Snapshot weights) {
    if (weights.asOfMs() == Long.MIN_VALUE) {
      root.putNull("as_of");
    } else {
      root.put("as_of", weights.asOfMs());
    }
  }

  private static void putDoubles(ObjectNode root, String field, double[] values) {
    ArrayNode array = root.putArray(field);
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(field + " has " + value + ": it must be finite");
      }
      array.add(value);
    }
  }

  private static void putOffsets(ObjectNode root, String field, Map<Integer, Long> offsets) {
    ObjectNode object = root.putObject(field);
    offsets.forEach((partition, offset) -> object.put(Integer.toString(partition), offset));
  }

  private static double[] doubles(JsonNode root, String field, int size) {
    JsonNode array = array(root, field, size);
    double[] values = new double[size];
    for (int c = 0; c < size; c++) {
      values[c] = number(array.get(c), field);
    }
    return values;
  }

  private static SortedMap<Integer, Long> offsets(JsonNode root, String field) {
    SortedMap<Integer, Long> offsets = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : object(root, field).properties()) {
      try {
        offsets.put(Integer.valueOf(entry.getKey()), integer(entry.getValue(), field));
      } catch (NumberFormatException e) {
        throw bad(field, "a map from partition to offset");
      }
    }
    return offsets;
  }

  private static JsonNode array(JsonNode root, String field, int size) {
    JsonNode node = root.path(field);
    if (!node.isArray() || (size >= 0 && node.size() != size)) {
      throw bad(field, size < 0 ? "an array" : "an array of " + size + " values");
    }
    return node;
  }

  private static JsonNode object(JsonNode root, String field) {
    JsonNode node = root.path(field);
    if (!node.isObject()) {
      throw bad(field, "an object");
    }
    return node;
  }

  private static String text(JsonNode root, String field) {
    JsonNode node = root.path(field);
    if (!node.isTextual()) {
      throw bad(field, "a string");
    }
    return node.textValue();
  }

  private static long integer(JsonNode node, String field) {
    JsonNode value = node.isObject() ? node.path(field) : node;
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw bad(field, "an integer");
    }
    return value.longValue();
  }

  private static double number(JsonNode node, String field) {
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw bad(field, "a finite number");
    }
    return node.doubleValue();
  }

  private static IllegalArgumentException bad(String field, String rule) {
    return new IllegalArgumentException("class weights: '" + field + "' must be " + rule);
  }
}
