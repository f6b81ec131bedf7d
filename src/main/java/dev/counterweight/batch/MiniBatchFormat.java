package dev.counterweight.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.batch.MiniBatch.Draws;
import dev.counterweight.batch.MiniBatch.EvaluationSlice;
import dev.counterweight.batch.MiniBatch.Known;
import dev.counterweight.batch.MiniBatch.Origin;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A batch record's bytes: one safetensors file, readable from Python as it is.
 *
 * <p>Tensors: {@code features} F32[n,F], {@code labels} I64[n], {@code loss_weight} F32[n], {@code
 * source_partition} I32[n], {@code source_offset} I64[n], {@code fresh} U8[n]; in jobs whose labels
 * come later {@code replaces} I32[n], the class that a corrected event had before, -1 of any other;
 * those before it with prefix {@code eval_} for the evaluation slice, with {@code eval_weights}
 * F32[m] and, where some feature may be missing, {@code eval_missing} F32[features], the sum of
 * those weights over the rows in which each feature was; {@code prior}, {@code class_weight},
 * {@code uses} F32[K], and {@code eval_prior}, {@code eval_class_weight} F32[K], by which the
 * evaluation slice is served (absent in records of older versions); where recent labels are used
 * {@code recent} F32[P,3,K] and {@code eval_recent} F32[m,3,K], as {@link RecentShares}, P being
 * the partitions in spans by their number. F is the number of columns ({@link
 * dev.counterweight.event.FeatureSchema}): more than there are features where some are not plain
 * numbers. Metadata, all strings, maps as JSON: job, schema (version of this form),
 * weights_version, spans {partition: [from, to]}, events (how many those spans hold), end
 * {partition: offset}, event_time_min and event_time_max in milliseconds (absent when no event was
 * consumed), cluster_id, topic_id, event_schema (as {@link Schema#text}) and schema_hash (absent in
 * records of older versions).
 */
public final class MiniBatchFormat {
  /** Version of this form, in the metadata as {@code schema}. */
  public static final int SCHEMA = 1;

  private static final String EVENT_SCHEMA = "event_schema";
  private static final String EVENTS = "events";
  private static final String EVAL_MISSING = "eval_missing";
  private static final String EVAL_RECENT = "eval_recent";
  private static final String RECENT = "recent";
  private static final String REPLACES = "replaces";
  private static final String SCHEMA_HASH = "schema_hash";
  private static final ObjectMapper JSON = new ObjectMapper();

  private MiniBatchFormat() {}

  /**
   * The record's bytes; the same batch always gives the same bytes.
   *
   * @param columns F, which a part without rows does not tell
   */
  public static byte[] write(MiniBatch batch, int columns) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    Draws draws = batch.draws();
    int n = draws.rows();
    tensors.put("features", new Tensor.F32(draws.features(), n, columns));
    tensors.put("labels", new Tensor.I64(draws.labels(), n));
    tensors.put("loss_weight", new Tensor.F32(draws.lossWeight(), n));
    tensors.put("source_partition", new Tensor.I32(draws.sourcePartition(), n));
    tensors.put("source_offset", new Tensor.I64(draws.sourceOffset(), n));
    tensors.put("fresh", new Tensor.U8(draws.fresh(), n));
    if (draws.replaces() != null) {
      tensors.put(REPLACES, new Tensor.I32(draws.replaces(), n));
    }
    EvaluationSlice eval = batch.evaluation();
    int m = eval.rows();
    tensors.put("eval_features", new Tensor.F32(eval.features(), m, columns));
    tensors.put("eval_labels", new Tensor.I64(eval.labels(), m));
    tensors.put("eval_weights", new Tensor.F32(eval.weights(), m));
    tensors.put("eval_source_partition", new Tensor.I32(eval.sourcePartition(), m));
    tensors.put("eval_source_offset", new Tensor.I64(eval.sourceOffset(), m));
    if (eval.missing().length > 0) {
      tensors.put(EVAL_MISSING, new Tensor.F32(eval.missing(), eval.missing().length));
    }
    float[] knownPrior = batch.known().prior();
    tensors.put("eval_prior", new Tensor.F32(knownPrior, knownPrior.length));
    float[] knownWeight = batch.known().classWeight();
    tensors.put("eval_class_weight", new Tensor.F32(knownWeight, knownWeight.length));
    tensors.put("prior", new Tensor.F32(batch.prior(), batch.prior().length));
    tensors.put("class_weight", new Tensor.F32(batch.classWeight(), batch.classWeight().length));
    tensors.put("uses", new Tensor.F32(batch.uses(), batch.uses().length));
    if (batch.recent().told()) {
      putRecent(tensors, batch);
    }
    return new SafeTensors(tensors, metadata(batch.origin())).toBytes();
  }

  /**
   * Reads a record.
   *
   * @throws MalformedTensorsException if the bytes are not a batch record of this schema
   */
  public static MiniBatch read(byte[] bytes) {
    SafeTensors file = SafeTensors.parse(bytes);
    Draws draws =
        new Draws(
            file.floats("features"),
            file.longs("labels"),
            file.floats("loss_weight"),
            file.ints("source_partition"),
            file.longs("source_offset"),
            file.bytes("fresh"),
            file.has(REPLACES) ? file.ints(REPLACES) : null);
    EvaluationSlice eval =
        new EvaluationSlice(
            file.floats("eval_features"),
            file.longs("eval_labels"),
            file.floats("eval_weights"),
            file.ints("eval_source_partition"),
            file.longs("eval_source_offset"),
            file.has(EVAL_MISSING) ? file.floats(EVAL_MISSING) : new float[0]);
    Origin origin = origin(file.metadata());
    return new MiniBatch(
        draws,
        eval,
        known(file),
        file.floats("prior"),
        file.floats("class_weight"),
        file.floats("uses"),
        origin,
        file.has(RECENT) ? recent(file, eval.rows(), origin) : RecentShares.NONE);
  }

  private static void putRecent(SortedMap<String, Tensor> tensors, MiniBatch batch) {
    int classes = batch.prior().length;
    SortedMap<Integer, float[]> after = batch.recent().after();
    float[] all = new float[after.size() * RecentShares.FADES * classes];
    int at = 0;
    for (float[] shares : after.values()) {
      System.arraycopy(shares, 0, all, at, shares.length);
      at += shares.length;
    }
    tensors.put(RECENT, new Tensor.F32(all, after.size(), RecentShares.FADES, classes));
    tensors.put(
        EVAL_RECENT,
        new Tensor.F32(
            batch.recent().before(), batch.evaluation().rows(), RecentShares.FADES, classes));
  }

  private static RecentShares recent(SafeTensors file, int rows, Origin origin) {
    int classes = file.floats("prior").length;
    int partitions = origin.spans().size();
    float[] all = file.floats(RECENT, partitions, RecentShares.FADES, classes);
    SortedMap<Integer, float[]> after = new TreeMap<>();
    int size = RecentShares.FADES * classes;
    for (int partition : origin.spans().keySet()) {
      int at = after.size() * size;
      after.put(partition, Arrays.copyOfRange(all, at, at + size));
    }
    return new RecentShares(file.floats(EVAL_RECENT, rows, RecentShares.FADES, classes), after);
  }

  /**
   * Reads what a record covers, without its tensors.
   *
   * @throws MalformedTensorsException as {@link #read}
   */
  public static Origin origin(byte[] bytes) {
    return origin(SafeTensors.metadata(bytes));
  }

  /** Of a record that does not say it, nothing: the weights it has may have counted its rows. */
  private static Known known(SafeTensors file) {
    return file.tensors().containsKey("eval_prior")
        ? new Known(file.floats("eval_prior"), file.floats("eval_class_weight"))
        : Known.nothing(file.floats("prior").length);
  }

  private static SortedMap<String, String> metadata(Origin origin) {
    ObjectNode spans = JSON.createObjectNode();
    origin.spans().forEach((p, s) -> spans.putArray(Integer.toString(p)).add(s.from()).add(s.to()));
    ObjectNode end = JSON.createObjectNode();
    origin.end().forEach((p, offset) -> end.put(Integer.toString(p), offset));
    SortedMap<String, String> metadata = new TreeMap<>();
    metadata.put("job", origin.job());
    metadata.put("schema", Integer.toString(SCHEMA));
    metadata.put("weights_version", Long.toString(origin.weightsVersion()));
    metadata.put("spans", spans.toString());
    metadata.put(EVENTS, Long.toString(origin.events()));
    metadata.put("end", end.toString());
    if (origin.eventTimeMinMs() <= origin.eventTimeMaxMs()) {
      metadata.put("event_time_min", Long.toString(origin.eventTimeMinMs()));
      metadata.put("event_time_max", Long.toString(origin.eventTimeMaxMs()));
    }
    metadata.put("cluster_id", origin.stream().clusterId());
    metadata.put("topic_id", origin.stream().topicId());
    Schema schema = origin.schema();
    if (schema != null) {
      metadata.put(EVENT_SCHEMA, schema.text());
      metadata.put(SCHEMA_HASH, schema.hash());
    }
    return metadata;
  }

  private static Origin origin(SortedMap<String, String> metadata) {
    String schema = require(metadata, "schema");
    if (!schema.equals(Integer.toString(SCHEMA))) {
      throw new MalformedTensorsException(
          "batch record of schema '" + schema + "': this version reads " + SCHEMA);
    }
    try {
      SortedMap<Integer, Span> spans = new TreeMap<>();
      JSON.readTree(require(metadata, "spans"))
          .properties()
          .forEach(e -> spans.put(Integer.valueOf(e.getKey()), span(e.getValue())));
      SortedMap<Integer, Long> end = new TreeMap<>();
      JSON.readTree(require(metadata, "end"))
          .properties()
          .forEach(e -> end.put(Integer.valueOf(e.getKey()), e.getValue().asLong()));
      String min = metadata.get("event_time_min");
      String max = metadata.get("event_time_max");
      Origin told =
          new Origin(
              require(metadata, "job"),
              Long.parseLong(require(metadata, "weights_version")),
              spans,
              end,
              min == null ? Long.MAX_VALUE : Long.parseLong(min),
              max == null ? Long.MIN_VALUE : Long.parseLong(max),
              new StreamIdentity(require(metadata, "cluster_id"), require(metadata, "topic_id")),
              metadata.containsKey(SCHEMA_HASH)
                  ? Schema.parse(require(metadata, EVENT_SCHEMA), require(metadata, SCHEMA_HASH))
                  : null);
      String events = metadata.get(EVENTS);
      return events == null ? told : told.withEvents(Long.parseLong(events));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new MalformedTensorsException("batch record with bad metadata: " + e.getMessage(), e);
    }
  }

  private static Span span(JsonNode node) {
    if (node.size() != 2) {
      throw new IllegalArgumentException("span " + node + ": must be [from, to]");
    }
    return new Span(node.get(0).asLong(-1), node.get(1).asLong(-1));
  }

  private static String require(SortedMap<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new MalformedTensorsException("batch record without metadata '" + key + "'");
    }
    return value;
  }
}
