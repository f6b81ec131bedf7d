package dev.counterweight.evaluation;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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
public final class DriftMonitor implements Stateful {
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

  /** The state between slices. */
  @Override
  public void declare(State state) {
    declare(state, PREFIX + "prior", prior);
    declare(state, PREFIX + "recall", recall);
    state
        .in(PREFIX)
        .doubles("owed", owed)
        .longs("detected", detected, 2, classes)
        .notNegative("owed", "detected");
  }

  private void declare(State state, String name, Adwin[] windows) {
    String buckets = name + ".buckets";
    String counters = name + ".counters";
    state.part(
        out -> {
          DoubleBuffer doubles = DoubleBuffer.allocate(classes * Adwin.DOUBLES);
          LongBuffer longs = LongBuffer.allocate(classes * Adwin.LONGS);
          Arrays.stream(windows).forEach(window -> window.save(doubles, longs));
          out.put(buckets, new Tensor.F64(doubles.array(), classes, Adwin.DOUBLES));
          out.put(counters, new Tensor.I64(longs.array(), classes, Adwin.LONGS));
        },
        in -> {
          DoubleBuffer doubles = DoubleBuffer.wrap(in.doubles(buckets, classes, Adwin.DOUBLES));
          LongBuffer longs = LongBuffer.wrap(in.longs(counters, classes, Adwin.LONGS));
          Adwin[] restored = new Adwin[classes];
          Arrays.setAll(restored, c -> new Adwin(doubles, longs));
          return () -> System.arraycopy(restored, 0, windows, 0, classes);
        });
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
