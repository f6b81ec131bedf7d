package dev.counterweight.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.counterweight.serving.Reason;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a model answered: a record of {@code <job>.scores}, and of an answer over HTTP. {@link
 * ScoreWriter} writes it.
 *
 * @param probabilities of each class, in class order, as served: they sum to 1
 * @param decision the class decided for
 * @param threshold of the served probability of the class that has one; null if the rule has none
 * @param step updates the model had made
 * @param checkpoint SHA-256 of its checkpoint.json
 * @param schema hash of the model's schema
 * @param place where the event stands; null of one that came over HTTP
 * @param reasons the features that moved it most, the first the most; none unless asked for
 */
public record ServedScore(
    Map<String, Double> probabilities,
    String decision,
    @Nullable Double threshold,
    long step,
    String checkpoint,
    String schema,
    @Nullable Place place,
    List<Reason> reasons) {

  /** By how much a sum of probabilities may miss 1. */
  private static final double ROUNDING = 1e-9;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /** Where an event stands in the topic that is scored. */
  public record Place(int partition, long offset) {
    public Place {
      require(partition, offset);
    }

    /** Requires what may be a place. */
    static void require(int partition, long offset) {
      if (partition < 0 || offset < 0) {
        throw new InvariantException(
            "a score names the place of its event",
            "a partition and an offset of at least 0",
            partition + " and " + offset);
      }
    }
  }

  public ServedScore {
    probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
    reasons = List.copyOf(reasons);
    requireSound(probabilities.values().stream().mapToDouble(p -> p).toArray());
    if (!probabilities.containsKey(decision)) {
      throw new InvariantException(
          "a score decides for one of its classes",
          String.join(", ", probabilities.keySet()),
          decision);
    }
    if (step < 0) {
      throw new InvariantException("a score's step", "at least 0", step);
    }
  }

  /**
   * Requires probabilities of all classes that there are.
   *
   * @throws InvariantException if one is none, or they do not sum to 1
   */
  static void requireSound(double[] probabilities) {
    double sum = 0;
    for (double probability : probabilities) {
      sum += probability >= 0 ? probability : Double.NaN;
    }
    if (!(Math.abs(sum - 1) <= ROUNDING)) {
      throw new InvariantException(
          "the probabilities of a score are at least 0 and sum to 1",
          1,
          "%s of %s".formatted(sum, Arrays.toString(probabilities)));
    }
  }

  /** The fields as they stand in JSON. */
  private record Document(
      LinkedHashMap<String, Double> probabilities,
      String decision,
      @Nullable Double threshold,
      long step,
      String checkpoint,
      String schema,
      @Nullable Integer partition,
      @Nullable Long offset,
      @Nullable List<Reason> reasons) {}

  /** The record's value. */
  public byte[] toJson() {
    List<String> classes = List.copyOf(probabilities.keySet());
    return new ScoreWriter(classes, threshold, step, checkpoint, schema)
        .write(
            probabilities.values().stream().mapToDouble(p -> p).toArray(),
            classes.indexOf(decision),
            place,
            reasons);
  }

  /**
   * Reads a record's value; a field that it does not know is passed over.
   *
   * @throws IllegalArgumentException if it is no score; the message says why
   * @throws InvariantException if what it says cannot be
   */
  public static ServedScore parse(byte[] json) {
    Document read;
    try {
      read = JSON.readValue(json, Document.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("a score is not readable: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("a score is not readable: " + e.getMessage(), e);
    }
    if (read == null
        || read.probabilities == null
        || read.probabilities.containsValue(null)
        || read.decision == null
        || read.checkpoint == null
        || read.schema == null) {
      throw new IllegalArgumentException(
          "a score is not readable: probabilities, decision, checkpoint or schema is missing");
    }
    return new ServedScore(
        read.probabilities,
        read.decision,
        read.threshold,
        read.step,
        read.checkpoint,
        read.schema,
        read.partition == null || read.offset == null
            ? null
            : new Place(read.partition, read.offset),
        read.reasons == null ? List.of() : read.reasons);
  }
}
