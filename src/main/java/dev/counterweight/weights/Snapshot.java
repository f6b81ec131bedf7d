package dev.counterweight.weights;

import dev.counterweight.event.Schema;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.StreamIdentity;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot: the class counts at one moment, the weights they give, and exactly which events they
 * cover. Arrays have K values in class order; they and the counts belong to the record and are not
 * copied.
 *
 * @param version grows by one with every snapshot of the job, across restarts
 * @param asOfMs latest event time counted, the moment the decayed counts are decayed to;
 *     Long.MIN_VALUE, in JSON null, before the first event
 * @param priors p_c = n_c / N; all zero while nothing was counted
 * @param weights w_c
 * @param schema of the job whose events are counted; null in a snapshot from before this was told
 */
@SuppressWarnings("ArrayRecordComponent")
public record Snapshot(
    String job,
    long version,
    long asOfMs,
    List<String> classes,
    ClassCounts counts,
    double[] priors,
    double[] weights,
    Formula formula,
    Offsets offsets,
    StreamIdentity stream,
    @Nullable Schema schema) {

  /**
   * By what the weights were worked out.
   *
   * @param parameters by configuration key: the formula's own, the cap, and the half-life as {@code
   *     counts.half.life.ms} or {@code counts.half.life.events} where there is one
   */
  public record Formula(String name, Map<String, Double> parameters) {
    public Formula {
      parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    }
  }

  /**
   * Which events are counted, and which are to be, by partition.
   *
   * @param covered offset after the last event counted
   * @param from offset of the first event the job reads
   * @param end offset to stop at, set by a counter started to stop at the end; else empty
   * @param since of a class, by its index, that was added after the job began: the first offset at
   *     which it was known, by partition; events of it below that are not counted
   */
  public record Offsets(
      SortedMap<Integer, Long> covered,
      SortedMap<Integer, Long> from,
      SortedMap<Integer, Long> end,
      SortedMap<Integer, SortedMap<Integer, Long>> since) {
    public static final Offsets NONE =
        new Offsets(
            Collections.emptySortedMap(),
            Collections.emptySortedMap(),
            Collections.emptySortedMap());

    public Offsets {
      covered = Collections.unmodifiableSortedMap(new TreeMap<>(covered));
      from = Collections.unmodifiableSortedMap(new TreeMap<>(from));
      end = Collections.unmodifiableSortedMap(new TreeMap<>(end));
      since = Collections.unmodifiableSortedMap(new TreeMap<>(since));
    }

    /** Of classes that were there from the first. */
    public Offsets(
        SortedMap<Integer, Long> covered,
        SortedMap<Integer, Long> from,
        SortedMap<Integer, Long> end) {
      this(covered, from, end, Collections.emptySortedMap());
    }

    /** Whether an event of a class, if it is covered, was counted as one of it. */
    public boolean counted(int label, int partition, long offset) {
      SortedMap<Integer, Long> known = since.isEmpty() ? null : since.get(label);
      return known == null || offset >= known.getOrDefault(partition, 0L);
    }
  }

  /**
   * @throws IllegalArgumentException if there are not K values of each
   */
  public Snapshot {
    classes = List.copyOf(classes);
    requireSize("counts", counts.classCount(), classes.size());
    requireSize("priors", priors.length, classes.size());
    requireSize("weights", weights.length, classes.size());
  }

  private static void requireSize(String field, int size, int classes) {
    if (size != classes) {
      throw new IllegalArgumentException(
          "class weights: '%s' has %d values: it must have one for each of %d classes"
              .formatted(field, size, classes));
    }
  }

  /**
   * Holds a snapshot, where it is written and where it is read, to what the roles rely on of each.
   *
   * @throws InvariantException if it tells of more events than offsets were passed
   */
  public void requireWhole() {
    long passed = 0;
    for (Map.Entry<Integer, Long> next : offsets.covered().entrySet()) {
      passed += next.getValue() - offsets.from().getOrDefault(next.getKey(), 0L);
    }
    long counted = counts.totalEvents();
    require(
        counted <= passed,
        "no more events are counted than offsets covered",
        "at most " + passed,
        counted);
  }

  /**
   * The same of a snapshot that is written right after another.
   *
   * @throws InvariantException as {@link #requireFollows}, and if the version is not one more
   */
  public void requireNext(Snapshot before, boolean corrections) {
    require(version == before.version + 1, "a version is one more", before.version + 1, version);
    requireFollows(before, corrections);
  }

  /**
   * The same of a snapshot that is read some time after another.
   *
   * @param before of the same job
   * @param corrections whether an event may come again with another class, and leave its own
   * @throws InvariantException if the version does not rise, classes are others than those before
   *     and some at their end, first offsets are others, or what was counted and covered is not any
   *     more
   */
  public void requireFollows(Snapshot before, boolean corrections) {
    require(version > before.version, "versions rise", "above " + before.version, version);
    int known = before.classCount();
    require(
        known <= classCount() && classes.subList(0, known).equals(before.classes),
        "the classes stay, and others may come at the end",
        before.classes,
        classes);
    before.offsets.covered.forEach(
        (partition, next) -> {
          Long from = offsets.from.get(partition);
          Long began = before.offsets.from.get(partition);
          require(
              Objects.equals(from, began),
              "the first offset of partition " + partition + " stays",
              began,
              from);
          long now = offsets.covered.getOrDefault(partition, -1L);
          require(
              now >= next,
              "what is covered of partition " + partition + " never falls",
              "at least " + next,
              now);
        });
    if (corrections) {
      requireNoFewer("all classes", counts.totalEvents(), before.counts.totalEvents());
      return;
    }
    for (int c = 0; c < known; c++) {
      String which = "class '" + classes.get(c) + "'";
      requireNoFewer(which, counts.events(c), before.counts.events(c));
    }
  }

  private void requireNoFewer(String of, long events, long before) {
    require(events >= before, "the events of " + of + " never fall", "at least " + before, events);
  }

  private void require(
      boolean holds, String rule, @Nullable Object expected, @Nullable Object found) {
    if (!holds) {
      throw new InvariantException(
          "snapshot version %d: %s".formatted(version, rule),
          String.valueOf(expected),
          String.valueOf(found));
    }
  }

  /** The same of other offsets. */
  public Snapshot with(Offsets others) {
    return new Snapshot(
        job, version, asOfMs, classes, counts, priors, weights, formula, others, stream, schema);
  }

  /** The same without a mark to stop at. */
  public Snapshot withoutEnd() {
    return with(
        new Offsets(offsets.covered, offsets.from, Collections.emptySortedMap(), offsets.since));
  }

  /**
   * This as a schema to which classes were added at the end since reads it: nothing was counted of
   * them, and each weighs what a class does that was never seen, the largest of the others'
   * weights. As it is where the schema is another one, or the same.
   */
  public Snapshot readUnder(Schema own) {
    if (!own.grows(schemaOr(own))) {
      return this;
    }
    int k = own.classes().size();
    double[] weighed = Arrays.copyOf(weights, k);
    Arrays.fill(weighed, classCount(), k, Arrays.stream(weights).max().orElse(1));
    SortedMap<Integer, SortedMap<Integer, Long>> since = new TreeMap<>(offsets.since);
    IntStream.range(classCount(), k).forEach(c -> since.put(c, offsets.covered));
    return new Snapshot(
        job,
        version,
        asOfMs,
        own.classes(),
        counts.grownTo(k),
        Arrays.copyOf(priors, k),
        weighed,
        formula,
        new Offsets(offsets.covered, offsets.from, offsets.end, since),
        stream,
        schema == null ? null : own);
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
}
