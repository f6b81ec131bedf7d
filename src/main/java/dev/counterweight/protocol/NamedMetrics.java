package dev.counterweight.protocol;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.MutableConfigOverride;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.counterweight.evaluation.Calibration;
import dev.counterweight.evaluation.Confusion;
import dev.counterweight.evaluation.Interval;
import dev.counterweight.evaluation.Metrics;
import dev.counterweight.evaluation.Ranking;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Metrics under the names that reports and checkpoints give them: those of the components here and
 * in the records within, in snake_case and in one JSON object; docs/trainer-reports.md says what
 * each is. What is undefined is null, or absent from its map.
 *
 * @param reliability the bars that have rows, from the lowest
 * @param confusion {class: {class decided for: weight}} without zeros, and of more than {@value
 *     #WHOLE_MATRIX} classes without all but the heaviest errors
 * @param evaluated rows scored by class
 * @param nEff effective number of rows
 */
public record NamedMetrics(
    @JsonUnwrapped Decisions decisions,
    @JsonUnwrapped Probabilities probabilities,
    @JsonUnwrapped Areas areas,
    Map<String, Interval> recallInterval,
    List<Calibration.Bar> reliability,
    Map<String, Map<String, Double>> confusion,
    Map<String, Long> evaluated,
    @Nullable Double nEff) {
  /** Classes up to which the confusion matrix is told whole. */
  public static final int WHOLE_MATRIX = 20;

  /** Cells told of more classes. */
  private static final int MAX_CELLS = WHOLE_MATRIX * WHOLE_MATRIX;

  /** Reads and writes reports; a field that it does not know is passed over. */
  static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .withConfigOverride(Interval.class, NamedMetrics::asArray)
          .withConfigOverride(Calibration.Bar.class, NamedMetrics::asArray)
          .build();

  /** What is decided; by class, with the means over the {@code gmeanClasses} evaluated. */
  public record Decisions(
      @Nullable Double gmean,
      int gmeanClasses,
      @Nullable Double balancedAccuracy,
      Map<String, Double> recall,
      Map<String, Double> precision,
      Map<String, Double> f1,
      Map<String, Double> falseAlarms,
      @Nullable Double accuracy,
      @Nullable Double mcc,
      @Nullable Double kappa) {
    public Decisions {
      recall = orEmpty(recall);
      precision = orEmpty(precision);
      f1 = orEmpty(f1);
      falseAlarms = orEmpty(falseAlarms);
    }
  }

  /** How far served probabilities hold. */
  public record Probabilities(
      @Nullable Double logLoss, @Nullable Double ece, Map<String, Double> classEce) {
    public Probabilities {
      classEce = orEmpty(classEce);
    }
  }

  /** Areas by class, of served and of raw scores; errors are absent where areas are exact. */
  public record Areas(
      Map<String, Double> prAuc,
      Map<String, Double> rocAuc,
      Map<String, Double> rawPrAuc,
      Map<String, Double> rawRocAuc,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> prAucError,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> rocAucError,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> rawPrAucError,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> rawRocAucError) {
    public Areas {
      prAuc = orEmpty(prAuc);
      rocAuc = orEmpty(rocAuc);
      rawPrAuc = orEmpty(rawPrAuc);
      rawRocAuc = orEmpty(rawRocAuc);
      prAucError = orEmpty(prAucError);
      rocAucError = orEmpty(rocAucError);
      rawPrAucError = orEmpty(rawPrAucError);
      rawRocAucError = orEmpty(rawRocAucError);
    }
  }

  /** Of nothing scored. */
  public static final NamedMetrics NONE = JSON.convertValue(Map.of(), NamedMetrics.class);

  private record Cell(int label, int decided, double weight) {}

  public NamedMetrics {
    recallInterval = orEmpty(recallInterval);
    reliability = reliability == null ? List.of() : List.copyOf(reliability);
    confusion = orEmpty(confusion);
    evaluated = orEmpty(evaluated);
  }

  /**
   * Metrics by name.
   *
   * @param classes label values in class order
   */
  public static NamedMetrics of(Metrics metrics, List<String> classes) {
    Confusion confusion = metrics.confusion();
    Calibration calibration = metrics.calibration();
    List<Ranking> served = metrics.served();
    List<Ranking> raw = metrics.raw();
    return new NamedMetrics(
        new Decisions(
            orNull(confusion.gmean()),
            confusion.evaluated(),
            orNull(confusion.balancedAccuracy()),
            byClass(classes, confusion::recall),
            byClass(classes, confusion::precision),
            byClass(classes, confusion::f1),
            byClass(classes, confusion::falseAlarms),
            orNull(confusion.accuracy()),
            orNull(confusion.mcc()),
            orNull(confusion.kappa())),
        new Probabilities(
            orNull(metrics.logLoss()),
            orNull(calibration.ece()),
            byClass(classes, calibration::ece)),
        new Areas(
            byClass(classes, c -> served.get(c).averagePrecision()),
            byClass(classes, c -> served.get(c).rocAuc()),
            byClass(classes, c -> raw.get(c).averagePrecision()),
            byClass(classes, c -> raw.get(c).rocAuc()),
            errors(classes, c -> served.get(c).precisionError()),
            errors(classes, c -> served.get(c).rocError()),
            errors(classes, c -> raw.get(c).precisionError()),
            errors(classes, c -> raw.get(c).rocError())),
        ByClass.of(classes, c -> confusion.recallInterval(c).orElse(null)),
        calibration.reliability(),
        heaviest(confusion, classes),
        ByClass.of(classes, c -> confusion.rows()[c]),
        orNull(confusion.effectiveRows()));
  }

  /** The metrics as a JSON object's fields. */
  public Map<String, Object> toMap() {
    return JSON.convertValue(this, new TypeReference<>() {});
  }

  /** Every cell of few classes, of many the heaviest errors. */
  private static Map<String, Map<String, Double>> heaviest(
      Confusion confusion, List<String> classes) {
    List<Cell> cells = new ArrayList<>();
    boolean all = classes.size() <= WHOLE_MATRIX;
    for (int i = 0; i < classes.size(); i++) {
      for (int j = 0; j < classes.size(); j++) {
        if (confusion.cell(i, j) > 0 && (all || i != j)) {
          cells.add(new Cell(i, j, confusion.cell(i, j)));
        }
      }
    }
    if (!all) {
      cells.sort(Comparator.comparingDouble(cell -> -cell.weight()));
    }
    Map<String, Map<String, Double>> byClass = new LinkedHashMap<>();
    for (Cell cell : cells.subList(0, Math.min(cells.size(), MAX_CELLS))) {
      byClass
          .computeIfAbsent(classes.get(cell.label()), name -> new LinkedHashMap<>())
          .put(classes.get(cell.decided()), cell.weight());
    }
    return byClass;
  }

  private static Map<String, Double> byClass(
      List<String> classes, IntFunction<OptionalDouble> value) {
    return ByClass.of(classes, c -> orNull(value.apply(c)));
  }

  /** Bounds of errors, where there are any: an exact area has none. */
  private static Map<String, Double> errors(
      List<String> classes, IntFunction<OptionalDouble> bound) {
    return ByClass.of(
        classes,
        c -> {
          Double error = orNull(bound.apply(c));
          return Objects.equals(error, 0.0) ? null : error;
        });
  }

  static @Nullable Double orNull(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }

  static <V> Map<String, V> orEmpty(@Nullable Map<String, V> read) {
    return read == null ? Map.of() : read;
  }

  private static void asArray(MutableConfigOverride type) {
    type.setFormat(JsonFormat.Value.forShape(JsonFormat.Shape.ARRAY));
  }
}
