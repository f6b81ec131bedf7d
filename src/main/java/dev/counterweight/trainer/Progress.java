package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.Span;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * How far into the batch log a model has been trained, in terms of events and rows, and the weights
 * of the newest record. A function of the sequence of records alone. Not thread-safe.
 */
final class Progress implements Stateful {
  private static final String PREFIX = "trainer.";

  private final long[] drawn;
  private final SortedMap<Integer, Long> spans = new TreeMap<>();
  private final SortedMap<Integer, Long> end = new TreeMap<>();
  private float[] prior;
  private float[] classWeight;

  /** Of the newest record since the start: only told, never trained on, so in no checkpoint. */
  private float[] uses = {};

  /** Since the start: what they cover is in a checkpoint, how many they were is not. */
  private long passedOver;

  private long records;
  private long events;
  private long weightsVersion;

  Progress(int classes) {
    this.drawn = new long[classes];
    this.prior = new float[classes];
    this.classWeight = new float[classes];
    Arrays.fill(classWeight, 1);
  }

  /** Takes a record in, once it has been trained on. */
  void add(MiniBatch batch) {
    records++;
    for (long label : batch.draws().labels()) {
      drawn[(int) label]++;
    }
    events += batch.origin().events();
    cover(batch.origin());
    weightsVersion = batch.origin().weightsVersion();
    prior = batch.prior();
    classWeight = batch.classWeight();
    uses = batch.uses();
  }

  /**
   * Leaves a record out: takes note that what it covers will not come again.
   *
   * @param own whether that is of the topic whose events are trained on: offsets of another say
   *     nothing here
   */
  void passOver(MiniBatch.Origin origin, boolean own) {
    passedOver++;
    if (own) {
      cover(origin);
    }
  }

  private void cover(MiniBatch.Origin origin) {
    origin.spans().forEach(this::cover);
    end.putAll(origin.end());
  }

  private void cover(int partition, Span span) {
    Long covered = spans.put(partition, span.to());
    if (covered != null && covered > span.to()) {
      throw new InvariantException(
          "partition %d: what is covered never falls".formatted(partition), covered, span.to());
    }
  }

  /** Batch records trained on. */
  long records() {
    return records;
  }

  /** Batch records that are done with since the job began: trained on or, by this run, left out. */
  long done() {
    return records + passedOver;
  }

  /** Events that the records trained on cover. */
  long events() {
    return events;
  }

  /** Version of the newest record's weights. */
  long weightsVersion() {
    return weightsVersion;
  }

  /** Rows trained on or pending, by class; not to be written to. */
  long[] drawn() {
    return drawn;
  }

  /** p_c of the newest record; zeros before the first; not to be written to. */
  float[] prior() {
    return prior;
  }

  /** w_c of the newest record; ones before the first; not to be written to. */
  float[] classWeight() {
    return classWeight;
  }

  /** r_c of the newest record; empty before the first since the start; not to be written to. */
  float[] uses() {
    return uses;
  }

  /** {partition: offset after the last event covered}. */
  SortedMap<Integer, Long> spans() {
    return Collections.unmodifiableSortedMap(spans);
  }

  /** {partition: end mark}, of the newest records that carried one. */
  SortedMap<Integer, Long> end() {
    return Collections.unmodifiableSortedMap(end);
  }

  @Override
  public void declare(State all) {
    all.in(PREFIX)
        .longs("counters", this::counters, this::counters, 3)
        .longs("drawn", drawn)
        .floats("prior", () -> prior, saved -> prior = saved, drawn.length)
        .floats("class_weight", () -> classWeight, saved -> classWeight = saved, drawn.length)
        .notNegative("counters", "drawn", "prior", "class_weight");
    declare(all, PREFIX + "spans", spans);
    declare(all, PREFIX + "end", end);
  }

  private long[] counters() {
    return new long[] {records, events, weightsVersion};
  }

  private void counters(long[] saved) {
    records = saved[0];
    events = saved[1];
    weightsVersion = saved[2];
  }

  /** Offsets by partition, as pairs. */
  private static void declare(State state, String name, SortedMap<Integer, Long> offsets) {
    state.part(
        out -> {
          long[] pairs =
              offsets.entrySet().stream()
                  .flatMapToLong(e -> LongStream.of(e.getKey(), e.getValue()))
                  .toArray();
          out.put(name, new Tensor.I64(pairs, offsets.size(), 2));
        },
        in -> {
          SortedMap<Integer, Long> saved = read(in, name);
          return () -> {
            offsets.clear();
            offsets.putAll(saved);
          };
        });
  }

  private static SortedMap<Integer, Long> read(SafeTensors in, String name) {
    SortedMap<Integer, Long> offsets = new TreeMap<>();
    long[] pairs = in.longs(name, SafeTensors.ANY, 2);
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i] < 0 || pairs[i] > Integer.MAX_VALUE || pairs[i + 1] < 0) {
        throw new MalformedTensorsException(
            "tensor '%s' has partition %d at offset %d: must not be below 0"
                .formatted(name, pairs[i], pairs[i + 1]));
      }
      offsets.put((int) pairs[i], pairs[i + 1]);
    }
    return offsets;
  }
}
