package dev.counterweight.weights;

import dev.counterweight.event.Schema;
import dev.counterweight.protocol.StreamIdentity;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot: the class counts at one moment, the weights they give, and exactly which events they
 * cover. Arrays have K values in class order, belong to the record and are not copied.
 *
 * @param version grows by one with every snapshot of the job, across restarts
 * @param asOfMs latest event time counted, the moment the decayed counts are decayed to;
 *     Long.MIN_VALUE, in JSON null, before the first event
 * @param events undecayed counts, exact
 * @param n decayed counts n_c, for priors
 * @param weighted decayed counts times importance, for weights
 * @param positive decayed counts n_c of the events whose importance is above 0
 * @param priors p_c = n_c / N; all zero while nothing was counted
 * @param weights w_c
 * @param formula name of the formula
 * @param parameters the formula's parameters by configuration key, the cap, and the half-life as
 *     {@code counts.half.life.ms} or {@code counts.half.life.events} where there is one
 * @param covered {partition: offset after the last event counted}
 * @param from {partition: offset of the first event the job reads}
 * @param end {partition: offset to stop at}, set by a counter started to stop at the end; else
 *     empty
 * @param schema of the job whose events are counted; null in a snapshot from before this was told
 */
@SuppressWarnings("ArrayRecordComponent")
public record Snapshot(
    String job,
    long version,
    long asOfMs,
    List<String> classes,
    long[] events,
    double[] n,
    double[] weighted,
    double[] positive,
    double[] priors,
    double[] weights,
    String formula,
    Map<String, Double> parameters,
    SortedMap<Integer, Long> covered,
    SortedMap<Integer, Long> from,
    SortedMap<Integer, Long> end,
    StreamIdentity stream,
    @Nullable Schema schema) {

  /** One that does not tell which importances are above 0, as {@link ClassCounts} takes them. */
  public Snapshot(
      String job,
      long version,
      long asOfMs,
      List<String> classes,
      long[] events,
      double[] n,
      double[] weighted,
      double[] priors,
      double[] weights,
      String formula,
      Map<String, Double> parameters,
      SortedMap<Integer, Long> covered,
      SortedMap<Integer, Long> from,
      SortedMap<Integer, Long> end,
      StreamIdentity stream,
      @Nullable Schema schema) {
    this(
        job,
        version,
        asOfMs,
        classes,
        events,
        n,
        weighted,
        ClassCounts.positiveUnknown(n, weighted),
        priors,
        weights,
        formula,
        parameters,
        covered,
        from,
        end,
        stream,
        schema);
  }

  public Snapshot {
    classes = List.copyOf(classes);
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    covered = Collections.unmodifiableSortedMap(new TreeMap<>(covered));
    from = Collections.unmodifiableSortedMap(new TreeMap<>(from));
    end = Collections.unmodifiableSortedMap(new TreeMap<>(end));
  }

  /** The same without a mark to stop at. */
  public Snapshot withoutEnd() {
    return new Snapshot(
        job,
        version,
        asOfMs,
        classes,
        events,
        n,
        weighted,
        positive,
        priors,
        weights,
        formula,
        parameters,
        covered,
        from,
        Collections.emptySortedMap(),
        stream,
        schema);
  }

  /** The schema as far as the snapshot tells it; what it does not tell is taken from another. */
  public Schema schemaOr(Schema other) {
    return schema == null
        ? new Schema(other.features(), other.kinds(), other.label(), classes)
        : schema;
  }

  /** Number of classes K. */
  public int classCount() {
    return classes.size();
  }

  /** Events counted, over all classes. */
  public long totalEvents() {
    long total = 0;
    for (long count : events) {
      total += count;
    }
    return total;
  }
}
