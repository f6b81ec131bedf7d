package dev.counterweight.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a trainer tells of itself on {@code <job>.metrics}: fields are the components here and in
 * the records within, in snake_case; docs/trainer-reports.md says what each is. What is not known
 * is null, 0 or absent from its map.
 *
 * <p>As JSON it has at most {@link #MAX_BYTES}, whatever the number of classes and however long
 * their names: where it would be larger, parts are left out whole, in the order of {@link #PARTS}.
 *
 * @param timeMs when, ms since 1970, by the trainer's clock
 * @param leadingSinceMs when this trainer took the lead: another value tells of a restart
 * @param decision the rule by which the metrics' classes were decided; null if not told
 * @param sinceStart metrics since the start
 * @param window metrics of the newest rows
 * @param fading metrics of rows that count less the older they are
 * @param drifts changes found since the report before
 * @param features by feature, of those that may be missing and of categories; of more than {@link
 *     #MAX_FEATURES} those whose shares changed most
 * @param candidates by the networks that are trained side by side: the share that each has in what
 *     is served; none where there is one
 * @param forest of a job that has one: the powers by which it is pooled with the networks, {@code
 *     networks}, {@code slow} and {@code quick}; none while it has no tree
 * @param checkpoint path of the newest one's folder
 * @param done whether nothing comes after it
 */
public record TrainerReport(
    String job,
    long timeMs,
    long leadingSinceMs,
    @JsonUnwrapped Position position,
    @Nullable String decision,
    @JsonUnwrapped NamedMetrics sinceStart,
    NamedMetrics window,
    NamedMetrics fading,
    List<Change> drifts,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, FeatureShare> features,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> candidates,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> forest,
    @JsonUnwrapped Draws draws,
    @JsonUnwrapped Steps steps,
    @Nullable String checkpoint,
    boolean done) {
  /** Half of Kafka's default limit of a record: whoever reads reports may count on it. */
  public static final int MAX_BYTES = 512 * 1024;

  /** Features told of. */
  public static final int MAX_FEATURES = 50;

  /**
   * What may be left out, first to last; {@code window.f1} is the field f1 of window. What the
   * sampler's pace, the live page and the report of a job read goes last.
   */
  static final List<String> PARTS =
      List.of(
          """
          fading.confusion confusion window.confusion
          fading.recall_interval window.recall_interval recall_interval
          fading.class_ece window.class_ece class_ece
          raw_roc_auc_error raw_pr_auc_error roc_auc_error pr_auc_error
          window.raw_roc_auc window.raw_pr_auc raw_roc_auc raw_pr_auc
          fading.false_alarms false_alarms
          fading.precision fading.f1 fading.evaluated fading.recall
          window.f1 f1 window.false_alarms window.precision precision
          window.evaluated window.roc_auc roc_auc window.pr_auc pr_auc
          features prior recall uses evaluated window.recall drifts drawn covered checkpoint
          """
              .strip()
              .split("\\s+"));

  /** Quotes, colon and comma about a field. */
  private static final int AROUND = 4;

  private static final List<String> REQUIRED =
      List.of("time_ms", "events", "step", "batch_offset", "drawn_rows");

  /**
   * How far training has come.
   *
   * @param batchOffset offset in the batch log of the first record not yet trained on
   * @param step updates made
   * @param events that the records trained on cover
   * @param weightsVersion of the class weights in the newest record
   */
  public record Position(long batchOffset, long step, long events, long weightsVersion) {
    public Position {
      if (batchOffset < 0 || step < 0 || events < 0) {
        throw new IllegalArgumentException(
            "batch offset %d, step %d, events %d: none may be negative"
                .formatted(batchOffset, step, events));
      }
    }
  }

  /**
   * A change of the stream, or of what the model makes of it.
   *
   * @param of recall, which fell, or prior
   * @param label the class
   * @param before its mean before the change
   * @param after its mean since
   */
  public record Change(
      String of, @JsonProperty("class") String label, double before, double after) {}

  /**
   * In which share of the events a feature was missing, and in which its category was one that the
   * model had not been given before: lately ({@code fading} rows), and since the start.
   */
  public record FeatureShare(
      @Nullable Double missing,
      @Nullable Double missingSinceStart,
      @Nullable Double unseen,
      @Nullable Double unseenSinceStart) {

    /** As a report has it. */
    public Map<String, Double> toMap() {
      return NamedMetrics.JSON.convertValue(this, new TypeReference<>() {});
    }

    /** How far lately is from what it was: the larger of both differences. */
    public double change() {
      return Math.max(difference(missing, missingSinceStart), difference(unseen, unseenSinceStart));
    }

    private static double difference(@Nullable Double lately, @Nullable Double sinceStart) {
      return lately == null || sinceStart == null ? 0 : Math.abs(lately - sinceStart);
    }

    /** The features that changed most, at most so many, in the order that they had. */
    public static Map<String, FeatureShare> most(Map<String, FeatureShare> all, int count) {
      if (all.size() <= count) {
        return all;
      }
      Set<String> chosen =
          all.entrySet().stream()
              .sorted(Comparator.comparingDouble(entry -> -entry.getValue().change()))
              .limit(count)
              .map(Map.Entry::getKey)
              .collect(Collectors.toSet());
      Map<String, FeatureShare> most = new LinkedHashMap<>(all);
      most.keySet().retainAll(chosen);
      return most;
    }
  }

  /**
   * What was taken from records.
   *
   * @param drawnRows rows
   * @param drawn the same by class
   * @param prior share of the events by class, of the newest record
   * @param uses uses of an event by class, of the newest record
   * @param covered {partition: offset after the last event trained on}; null if not told
   */
  public record Draws(
      long drawnRows,
      Map<String, Long> drawn,
      Map<String, Double> prior,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> uses,
      @Nullable SortedMap<Integer, Long> covered) {
    public Draws {
      drawn = NamedMetrics.orEmpty(drawn);
      prior = NamedMetrics.orEmpty(prior);
      uses = NamedMetrics.orEmpty(uses);
    }
  }

  /**
   * The newest record's steps.
   *
   * @param loss mean weighted loss
   * @param gradientNorm of the last, before clipping
   */
  public record Steps(@Nullable Double loss, @Nullable Double gradientNorm) {
    /** Of figures that may be infinite or undefined, which are not told. */
    public static Steps of(double loss, double gradientNorm) {
      return new Steps(
          Double.isFinite(loss) ? loss : null, Double.isFinite(gradientNorm) ? gradientNorm : null);
    }
  }

  public TrainerReport {
    window = window == null ? NamedMetrics.NONE : window;
    fading = fading == null ? NamedMetrics.NONE : fading;
    drifts = drifts == null ? List.of() : List.copyOf(drifts);
    features = NamedMetrics.orEmpty(features);
    candidates = NamedMetrics.orEmpty(candidates);
    forest = NamedMetrics.orEmpty(forest);
  }

  /** The record's value. */
  public byte[] toJson() {
    byte[] whole = bytes(this);
    return whole.length <= MAX_BYTES
        ? whole
        : bytes(bounded(NamedMetrics.JSON.valueToTree(this), whole.length));
  }

  /**
   * Reads a record's value, of a trainer of any release.
   *
   * @throws IllegalArgumentException naming what is wrong, if it is not a report
   */
  public static TrainerReport read(byte @Nullable [] value) {
    try {
      JsonNode root = value == null ? null : NamedMetrics.JSON.readTree(value);
      if (!(root instanceof ObjectNode report)) {
        throw new IllegalArgumentException("metrics are not a JSON object");
      }
      addDrawnRows(report);
      for (String field : REQUIRED) {
        if (!report.path(field).isIntegralNumber()) {
          throw new IllegalArgumentException("metrics have no whole number '" + field + "'");
        }
      }
      return NamedMetrics.JSON.treeToValue(report, TrainerReport.class);
    } catch (JsonMappingException e) {
      throw new IllegalArgumentException("metrics are not a report: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("metrics are not JSON: " + e.getMessage(), e);
    }
  }

  /** Releases before told them by class alone. */
  private static void addDrawnRows(ObjectNode report) {
    if (!report.has("drawn_rows") && report.path("drawn").isObject()) {
      long rows = 0;
      for (JsonNode drawn : report.path("drawn")) {
        rows += drawn.asLong();
      }
      report.put("drawn_rows", rows);
    }
  }

  private static ObjectNode bounded(ObjectNode report, long bytes) {
    long size = bytes;
    for (String part : PARTS) {
      int dot = part.indexOf('.');
      String field = part.substring(dot + 1);
      JsonNode parent = dot < 0 ? report : report.path(part.substring(0, dot));
      if (size > MAX_BYTES && parent instanceof ObjectNode fields && fields.has(field)) {
        size -= bytes(fields.remove(field)).length + field.length() + AROUND;
      }
    }
    return report;
  }

  private static byte[] bytes(Object value) {
    try {
      return NamedMetrics.JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("numbers and strings that JSON cannot hold", e);
    }
  }
}
