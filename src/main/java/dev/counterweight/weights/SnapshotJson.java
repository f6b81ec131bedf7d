package dev.counterweight.weights;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.StreamIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as the JSON object that stands in {@code <job>.class-weights}. Fields that a reader
 * does not know are ignored; a schema number above its own is refused. Thread-safe.
 */
public final class SnapshotJson {
  /** The schema that this class writes. */
  public static final int SCHEMA = 1;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .defaultSetterInfo(JsonSetter.Value.forValueNulls(Nulls.FAIL, Nulls.FAIL))
          .build();

  private SnapshotJson() {}

  /** The fields, in their order. */
  private record Document(
      int schema,
      String job,
      long version,
      @JsonSetter(nulls = Nulls.SET) @Nullable Long asOf,
      List<String> classes,
      long[] events,
      double[] n,
      double[] weighted,
      @JsonSetter(nulls = Nulls.SET) @JsonInclude(JsonInclude.Include.NON_NULL)
          double @Nullable [] positive,
      double[] priors,
      double[] weights,
      String formula,
      SortedMap<String, Double> parameters,
      SortedMap<Integer, Long> covered,
      SortedMap<Integer, Long> from,
      SortedMap<Integer, Long> end,
      @JsonSetter(nulls = Nulls.SET) @JsonInclude(JsonInclude.Include.NON_EMPTY)
          @Nullable SortedMap<String, SortedMap<Integer, Long>> since,
      String clusterId,
      String topicId,
      @JsonSetter(nulls = Nulls.SET) @JsonInclude(JsonInclude.Include.NON_NULL)
          @Nullable String schemaHash,
      @JsonSetter(nulls = Nulls.SET) @JsonInclude(JsonInclude.Include.NON_NULL)
          @Nullable JsonNode eventSchema) {}

  /**
   * The snapshot as UTF-8 JSON.
   *
   * @throws InvariantException if a number in it is negative or not finite
   */
  public static byte[] write(Snapshot snapshot) {
    requireSound(snapshot);
    ClassCounts counts = snapshot.counts();
    Schema schema = snapshot.schema();
    Document document =
        new Document(
            SCHEMA,
            snapshot.job(),
            snapshot.version(),
            asOf(snapshot),
            snapshot.classes(),
            counts.events(),
            counts.n(),
            counts.weighted(),
            counts.positive(),
            snapshot.priors(),
            snapshot.weights(),
            snapshot.formula().name(),
            new TreeMap<>(snapshot.formula().parameters()),
            snapshot.offsets().covered(),
            snapshot.offsets().from(),
            snapshot.offsets().end(),
            sinceByName(snapshot),
            snapshot.stream().clusterId(),
            snapshot.stream().topicId(),
            schema == null ? null : schema.hash(),
            schema == null
                ? null
                : JsonNodeFactory.instance.rawValueNode(new RawValue(schema.text())));
    try {
      return JSON.writeValueAsBytes(document);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What was counted, for a person to look at: {@code {"job", "version", "as_of", "events",
   * "classes": {name: {"events", "n", "weighted", "prior"}}, "covered"}}.
   */
  public static String counts(Snapshot snapshot) {
    ClassCounts counts = snapshot.counts();
    ObjectNode root = JSON.createObjectNode();
    root.put("job", snapshot.job())
        .put("version", snapshot.version())
        .put("as_of", asOf(snapshot))
        .put("events", counts.totalEvents());
    ObjectNode classes = root.putObject("classes");
    for (int c = 0; c < snapshot.classCount(); c++) {
      classes
          .putObject(snapshot.classes().get(c))
          .put("events", counts.events(c))
          .put("n", counts.n(c))
          .put("weighted", counts.weighted(c))
          .put("prior", snapshot.priors()[c]);
    }
    root.set("covered", JSON.valueToTree(snapshot.offsets().covered()));
    return root.toString();
  }

  /**
   * Reads a snapshot.
   *
   * @throws IllegalArgumentException naming the field, if the bytes are not such a snapshot
   * @throws InvariantException if a number in it is negative or not finite
   */
  public static Snapshot read(byte[] json) {
    Document read = document(json);
    Snapshot snapshot =
        new Snapshot(
            read.job,
            read.version,
            read.asOf == null ? Long.MIN_VALUE : read.asOf,
            read.classes,
            counts(read),
            read.priors,
            read.weights,
            new Snapshot.Formula(read.formula, read.parameters),
            new Snapshot.Offsets(read.covered, read.from, read.end, sinceByIndex(read)),
            new StreamIdentity(read.clusterId, read.topicId),
            read.eventSchema == null || read.schemaHash == null
                ? null
                : Schema.parse(read.eventSchema.toString(), read.schemaHash));
    requireSound(snapshot);
    return snapshot;
  }

  private static void requireSound(Snapshot snapshot) {
    String where = "snapshot version " + snapshot.version();
    snapshot.counts().requireSound(where);
    ClassCounts.requireSound(where + ": priors", snapshot.priors());
    ClassCounts.requireSound(where + ": weights", snapshot.weights());
  }

  private static Document document(byte[] json) {
    try {
      JsonNode root = JSON.readTree(json);
      if (root == null || !root.isObject()) {
        throw new IllegalArgumentException("class weights are not a JSON object");
      }
      JsonNode schema = root.path("schema");
      if (schema.isIntegralNumber() && schema.longValue() != SCHEMA) {
        throw new IllegalArgumentException(
            "class weights of schema %d: this version reads schema %d"
                .formatted(schema.longValue(), SCHEMA));
      }
      return JSON.treeToValue(root, Document.class);
    } catch (JsonMappingException e) {
      throw new IllegalArgumentException(
          "class weights: '%s': %s"
              .formatted(
                  e.getPath().isEmpty() ? "" : e.getPath().get(0).getFieldName(),
                  e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw new IllegalArgumentException("class weights are not JSON: " + e.getMessage(), e);
    }
  }

  private static ClassCounts counts(Document read) {
    return read.positive == null
        ? new ClassCounts(read.events, read.n, read.weighted)
        : new ClassCounts(read.events, read.n, read.weighted, read.positive);
  }

  private static SortedMap<String, SortedMap<Integer, Long>> sinceByName(Snapshot snapshot) {
    SortedMap<String, SortedMap<Integer, Long>> since = new TreeMap<>();
    snapshot.offsets().since().forEach((c, from) -> since.put(snapshot.classes().get(c), from));
    return since;
  }

  private static SortedMap<Integer, SortedMap<Integer, Long>> sinceByIndex(Document read) {
    SortedMap<Integer, SortedMap<Integer, Long>> since = new TreeMap<>();
    if (read.since != null) {
      read.since.forEach(
          (name, from) -> {
            int c = read.classes.indexOf(name);
            if (c < 0) {
              throw new IllegalArgumentException(
                  "class weights: 'since' names '%s', which is none of 'classes'".formatted(name));
            }
            since.put(c, from);
          });
    }
    return since;
  }

  private static @Nullable Long asOf(Snapshot snapshot) {
    return snapshot.asOfMs() == Long.MIN_VALUE ? null : (Long) snapshot.asOfMs();
  }
}
