package dev.counterweight.evaluation;

import dev.counterweight.tensor.StateReader;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Watches the recall and the prior of every class for changes, each by an {@link Adwin} of its own.
 * That of recall gets one value a row of its class, so that a rare class is judged by its own rows
 * and not by how often it comes (as in DDM-OCI, Wang et al. 2013). That of the prior gets one value
 * a row that is kept when each row of a slice is kept in proportion to its weight, so that those
 * kept are an even sample of the stream.
 *
 * <p>Recall that rises is the model learning, and not told. A function of the rows and of where
 * slices end. Memory: 5 KiB a class, and the longest slice. Not thread-safe.
 */
public final class DriftMonitor {
  private static final String PREFIX = "drift.";

  private final int classes;
  private final Adwin[] recall;
  private final Adwin[] prior;
  private final double[] owed;
  private int[] labels = new int[64];
  private double[] weights = new double[64];
  private int rows;
  private final long[] detected;
  private final List<Drift> found = new ArrayList<>();

  /** Nothing seen yet. */
  public DriftMonitor(int classes) {
    this.classes = classes;
    this.recall = new Adwin[classes];
    this.prior = new Adwin[classes];
    this.owed = new double[classes];
    this.detected = new long[2 * classes];
    for (int c = 0; c < classes; c++) {
      recall[c] = new Adwin();
      prior[c] = new Adwin();
    }
  }

  /** Takes a scored row. */
  public void add(int label, boolean right, double weight) {
    if (rows == labels.length) {
      labels = Arrays.copyOf(labels, 2 * rows);
      weights = Arrays.copyOf(weights, 2 * rows);
    }
    labels[rows] = label;
    weights[rows++] = weight;
    Optional<Adwin.Change> change = recall[label].add(right ? 1 : 0);
    change.filter(c -> c.after() < c.before()).ifPresent(c -> tell(Drift.Of.RECALL, label, c));
  }

  /** Ends a slice and tells what changed in it; the list is the caller's. */
  public List<Drift> endSlice() {
    double largest = 0;
    for (int row = 0; row < rows; row++) {
      largest = Math.max(largest, weights[row]);
    }
    for (int row = 0; row < rows; row++) {
      owed[labels[row]] += weights[row] / largest;
      if (owed[labels[row]] >= 1) {
        owed[labels[row]]--;
        keep(labels[row]);
      }
    }
    rows = 0;
    List<Drift> told = List.copyOf(found);
    found.clear();
    return told;
  }

  /** Changes told since the start. */
  public long detected(Drift.Of of, int label) {
    return detected[of.ordinal() * classes + label];
  }

  /** The state between slices, as tensors whose names start with {@code drift.}. */
  public SortedMap<String, Tensor> state() {
    SortedMap<String, Tensor> state = new TreeMap<>();
    save(state, "recall", recall);
    save(state, "prior", prior);
    state.put(PREFIX + "owed", new Tensor.F64(owed.clone(), classes));
    state.put(PREFIX + "detected", new Tensor.I64(detected.clone(), 2, classes));
    return state;
  }

  /**
   * Takes a state back.
   *
   * @throws IllegalArgumentException if a tensor is missing or does not fit
   */
  public void restore(SortedMap<String, Tensor> state) {
    StateReader reader = new StateReader(state, PREFIX);
    restore(reader, "recall", recall);
    restore(reader, "prior", prior);
    reader.into("owed", owed);
    System.arraycopy(reader.longs("detected", 2 * classes), 0, detected, 0, detected.length);
  }

  private void save(SortedMap<String, Tensor> state, String name, Adwin[] windows) {
    double[] buckets = new double[classes * Adwin.DOUBLES];
    long[] counters = new long[classes * Adwin.LONGS];
    for (int c = 0; c < classes; c++) {
      windows[c].save(buckets, c * Adwin.DOUBLES, counters, c * Adwin.LONGS);
    }
    state.put(PREFIX + name + ".buckets", new Tensor.F64(buckets, classes, Adwin.DOUBLES));
    state.put(PREFIX + name + ".counters", new Tensor.I64(counters, classes, Adwin.LONGS));
  }

  private void restore(StateReader reader, String name, Adwin[] windows) {
    double[] buckets = reader.doubles(name + ".buckets", classes * Adwin.DOUBLES);
    long[] counters = reader.longs(name + ".counters", classes * Adwin.LONGS);
    for (int c = 0; c < classes; c++) {
      windows[c].restore(buckets, c * Adwin.DOUBLES, counters, c * Adwin.LONGS);
    }
  }

  private void keep(int label) {
    for (int c = 0; c < classes; c++) {
      int of = c;
      Optional<Adwin.Change> change = prior[c].add(c == label ? 1 : 0);
      change.ifPresent(found -> tell(Drift.Of.PRIOR, of, found));
    }
  }

  private void tell(Drift.Of of, int label, Adwin.Change change) {
    detected[of.ordinal() * classes + label]++;
    found.add(new Drift(of, label, change.before(), change.after()));
  }
}
