package dev.counterweight.batch;

import dev.counterweight.event.Schema;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One batch record: the draws to train on, the evaluation slice to score before that, and every
 * number needed to understand both. A model is a pure function of the sequence of these.
 *
 * <p>Arrays belong to the record and are not copied.
 *
 * @param draws rows to train on, already shuffled
 * @param evaluation rows to score before training
 * @param known what the rows of the evaluation are served and decided by
 * @param prior p_c of the newest snapshot used; K values
 * @param classWeight w_c of that snapshot; K values
 * @param uses r_c of that snapshot; K values
 * @param origin what the record covers
 * @param recent how the labels before fell on the classes; {@link RecentShares#NONE} where the job
 *     does not use that
 */
@SuppressWarnings("ArrayRecordComponent")
public record MiniBatch(
    Draws draws,
    EvaluationSlice evaluation,
    Known known,
    float[] prior,
    float[] classWeight,
    float[] uses,
    Origin origin,
    RecentShares recent) {

  /** Of a job that does not use recent labels. */
  public MiniBatch(
      Draws draws,
      EvaluationSlice evaluation,
      Known known,
      float[] prior,
      float[] classWeight,
      float[] uses,
      Origin origin) {
    this(draws, evaluation, known, prior, classWeight, uses, origin, RecentShares.NONE);
  }

  /**
   * How this differs from a record that a schema reads, in words; empty if it does not. A record
   * that tells no schema is compared by its numbers of features and classes.
   */
  public Optional<String> differenceTo(Schema configured) {
    Schema told = origin.schema();
    if (told != null) {
      return configured.reads(told) ? Optional.empty() : configured.differenceOf(told);
    }
    int features = configured.layout().columnCount();
    int classes = configured.classes().size();
    boolean same =
        prior.length == classes
            && draws.features().length == (long) draws.rows() * features
            && evaluation.features().length == (long) evaluation.rows() * features;
    return same
        ? Optional.empty()
        : Optional.of(
            "it tells none, has %d classes and rows of %s features; configured are %d and %d"
                .formatted(prior.length, featuresARow(), classes, features));
  }

  /**
   * This as a schema to which classes were added at the end since reads it: nothing was counted of
   * them, and each weighs and is used as a class that was never seen, as much as any of the others.
   * As it is where the schema is another one, or the same.
   */
  public MiniBatch readUnder(Schema own) {
    Schema told = origin.schema();
    if (told == null || !own.grows(told)) {
      return this;
    }
    int k = own.classes().size();
    return new MiniBatch(
        draws,
        evaluation,
        new Known(Arrays.copyOf(known.prior, k), withUnseen(known.classWeight, k)),
        Arrays.copyOf(prior, k),
        withUnseen(classWeight, k),
        withUnseen(uses, k),
        origin.of(own),
        recent.grown(prior.length, k));
  }

  private static float[] withUnseen(float[] values, int classes) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, value);
    }
    float[] grown = Arrays.copyOf(values, classes);
    Arrays.fill(grown, values.length, classes, largest);
    return grown;
  }

  private String featuresARow() {
    int rows = draws.rows() + evaluation.rows();
    long values = (long) draws.features().length + evaluation.features().length;
    return rows == 0 ? "unknown" : Long.toString(values / rows);
  }

  /**
   * Rows to train on.
   *
   * @param features n x F, row-major
   * @param labels n class indices
   * @param lossWeight n factors of the rows' losses
   * @param sourcePartition n partitions
   * @param sourceOffset n offsets
   * @param fresh n flags, 1 where the draw is its event's first
   * @param replaces n class indices, of corrections that which the event had before, else -1; null
   *     in a job whose events bear their own labels
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Draws(
      float[] features,
      long[] labels,
      float[] lossWeight,
      int[] sourcePartition,
      long[] sourceOffset,
      byte[] fresh,
      int @Nullable [] replaces) {

    /** Of a job whose events bear their own labels. */
    public Draws(
        float[] features,
        long[] labels,
        float[] lossWeight,
        int[] sourcePartition,
        long[] sourceOffset,
        byte[] fresh) {
      this(features, labels, lossWeight, sourcePartition, sourceOffset, fresh, null);
    }

    /** Number of rows n. */
    public int rows() {
      return labels.length;
    }
  }

  /**
   * Rows to score.
   *
   * @param features m x F, row-major
   * @param labels m class indices
   * @param weights m Horvitz-Thompson weights 1/e_c
   * @param sourcePartition m partitions
   * @param sourceOffset m offsets
   * @param missing of each feature the weight of the rows in which it was missing; empty where none
   *     may be, or nothing is known of it
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record EvaluationSlice(
      float[] features,
      long[] labels,
      float[] weights,
      int[] sourcePartition,
      long[] sourceOffset,
      float[] missing) {

    /** Of features of which none may be missing. */
    public EvaluationSlice(
        float[] features,
        long[] labels,
        float[] weights,
        int[] sourcePartition,
        long[] sourceOffset) {
      this(features, labels, weights, sourcePartition, sourceOffset, new float[0]);
    }

    /** The same, with what is known of features that were missing. */
    public EvaluationSlice withMissing(float[] weight) {
      return new EvaluationSlice(features, labels, weights, sourcePartition, sourceOffset, weight);
    }

    /** Number of rows m. */
    public int rows() {
      return labels.length;
    }
  }

  /**
   * The classes' standing by a snapshot that has counted none of the rows of an evaluation slice:
   * the one before the first that covers any of them.
   *
   * @param prior p_c; K values, all 0 while nothing is known of the stream
   * @param classWeight w_c; K values, all 1 while nothing is known of the stream
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Known(float[] prior, float[] classWeight) {

    /** Nothing yet, of so many classes. */
    public static Known nothing(int classes) {
      float[] ones = new float[classes];
      Arrays.fill(ones, 1);
      return new Known(new float[classes], ones);
    }
  }

  /**
   * Where the record comes from.
   *
   * @param weightsVersion version of the newest snapshot used
   * @param spans covered run of each partition
   * @param end the counter's end mark, {partition: offset}; empty when there is none
   * @param eventTimeMinMs earliest event time consumed; Long.MAX_VALUE when nothing was
   * @param eventTimeMaxMs latest event time consumed; Long.MIN_VALUE when nothing was
   * @param stream the events topic that the rows came from
   * @param schema what the rows' features and labels are; null in a record from before this was
   *     told
   * @param events that it covers, those refused before they were counted apart; spans are longer
   *     where offsets have no event
   */
  public record Origin(
      String job,
      long weightsVersion,
      SortedMap<Integer, Span> spans,
      SortedMap<Integer, Long> end,
      long eventTimeMinMs,
      long eventTimeMaxMs,
      StreamIdentity stream,
      @Nullable Schema schema,
      long events) {
    public Origin {
      spans = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(spans));
      end = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(end));
    }

    /** The same of another schema. */
    private Origin of(Schema other) {
      return new Origin(
          job, weightsVersion, spans, end, eventTimeMinMs, eventTimeMaxMs, stream, other, events);
    }

    /** The same with so many events. */
    Origin withEvents(long count) {
      return new Origin(
          job, weightsVersion, spans, end, eventTimeMinMs, eventTimeMaxMs, stream, schema, count);
    }

    /** Of a record that does not say how many events it covers: as many as offsets. */
    public Origin(
        String job,
        long weightsVersion,
        SortedMap<Integer, Span> spans,
        SortedMap<Integer, Long> end,
        long eventTimeMinMs,
        long eventTimeMaxMs,
        StreamIdentity stream,
        @Nullable Schema schema) {
      this(
          job,
          weightsVersion,
          spans,
          end,
          eventTimeMinMs,
          eventTimeMaxMs,
          stream,
          schema,
          spans.values().stream().mapToLong(span -> span.to() - span.from()).sum());
    }
  }
}
