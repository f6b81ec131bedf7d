package dev.counterweight.trainer;

import dev.counterweight.batch.RecentShares;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.config.JobConfig;
import dev.counterweight.protocol.ByClass;
import dev.counterweight.serving.LabelStack;
import dev.counterweight.serving.ServedProbabilities;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What recent labels make of probabilities in a job that asks for it: what was learnt of that, and
 * how the newest labels of each partition fell. In a job that does not, nothing. Rows of records
 * are corrected by the labels right before them; what a checkpoint serves is by {@link LateLabels}.
 *
 * <p>A function of the records and of the weights they are served by. Not thread-safe.
 */
final class RecentEvidence implements Stateful {
  private static final Logger LOG = LoggerFactory.getLogger(RecentEvidence.class);
  private static final String PREFIX = "recent.";
  private static final String PARTITIONS = PREFIX + "partitions";
  private static final String SHARES = PREFIX + "shares";

  private final boolean used;
  private final int classes;
  private final LabelStack stack;
  private final LateLabels late;
  private final SortedMap<Integer, float[]> newest = new TreeMap<>();
  private final double[] before;

  RecentEvidence(JobConfig config) {
    this.used = config.events().recentLabels();
    this.classes = config.events().schema().classCount();
    this.late = new LateLabels(config);
    this.stack = new LabelStack(classes, RecentShares.FADES);
    this.before = new double[classes];
  }

  /** Whether the job asks for it. */
  boolean used() {
    return used;
  }

  /** Takes the weights by which the rows that follow are served. */
  void observe(float[] weights, boolean streamKnown) {
    stack.observe(weights);
    late.observe(weights, streamKnown);
  }

  /**
   * Corrects the probabilities of a row that is scored, in place.
   *
   * @param shares those of its record
   */
  void score(
      double[] served,
      ServedProbabilities probability,
      RecentShares shares,
      int row,
      int label,
      double weight) {
    if (used) {
      late.scored(served, probability, label, weight);
      stack.apply(served, shares.before(), at(row), served);
    }
  }

  /**
   * Corrects a row's probabilities, in place, and learns from it, once its slice is scored.
   *
   * @param weight how many events it stands for
   */
  void learn(double[] served, RecentShares shares, int row, int label, double weight) {
    if (used) {
      System.arraycopy(served, 0, before, 0, classes);
      stack.apply(served, shares.before(), at(row), served);
      stack.learn(before, shares.before(), at(row), label, weight);
      late.learn(before, label, weight);
    }
  }

  private int at(int row) {
    return row * RecentShares.FADES * classes;
  }

  /** Takes how the labels stand once a record is done. */
  void cover(RecentShares shares, long steps) {
    if (used) {
      newest.putAll(shares.after());
      late.cover(this::mean, steps);
    }
  }

  /** What rows of records are corrected by. */
  LabelStack stack() {
    return stack;
  }

  /** What checkpoints serve by. */
  LateLabels late() {
    return late;
  }

  /** What a checkpoint serves by: the newest labels, taken as the mean over partitions. */
  CheckpointManifest.Recent asOfNow(List<String> names) {
    double[] biases = late.stack().biases(mean());
    return new CheckpointManifest.Recent(
        late.stack().temperature(), ByClass.of(names, c -> biases[c]));
  }

  private float[] mean() {
    float[] mean = new float[RecentShares.FADES * classes];
    newest
        .values()
        .forEach(
            shares -> {
              for (int i = 0; i < mean.length; i++) {
                mean[i] += shares[i] / newest.size();
              }
            });
    return mean;
  }

  /**
   * The tensors of a state by which rows of records are corrected from there on. What was fitted on
   * rows corrected by the labels right before them is not good for others: of a job that gave
   * recent labels up they are those that its checkpoints served by.
   */
  SortedMap<String, Tensor> corrections(SortedMap<String, Tensor> state) {
    return !used && LateLabels.tells(state) ? LateLabels.own(state) : state;
  }

  /** A state from before the job asked for it says nothing of it, and learning that begins now. */
  @Override
  public void declare(State state) {
    if (!used) {
      state.part(out -> {}, in -> told(in.tensors()) ? RecentEvidence::sayGivenUp : () -> {});
      return;
    }
    State own = State.of(stack, late).part(this::save, this::check);
    state.part(own, in -> told(in.tensors()) ? own.check(in.tensors()) : begin(in.tensors()));
  }

  private static boolean told(SortedMap<String, Tensor> state) {
    return LateLabels.tells(state) || state.keySet().stream().anyMatch(n -> n.startsWith(PREFIX));
  }

  private Runnable begin(SortedMap<String, Tensor> without) {
    Runnable begun = late.begin(without);
    return () -> {
      begun.run();
      LOG.info(
          "events.recent.labels: what they are worth is learnt from here on; calibration and"
              + " decisions go on from those without them");
    };
  }

  private static void sayGivenUp() {
    LOG.info(
        "without events.recent.labels, which the checkpoint had: what was learnt of them is left"
            + " out; calibration and decisions go on from what its checkpoints served");
  }

  /** Demands of a tensor that its rows are shares of classes. */
  static void requireShares(String name, float[] shares, int classes) {
    String broken = RecentShares.broken(shares, classes);
    if (broken != null) {
      throw new MalformedTensorsException("tensor '%s' has %s".formatted(name, broken));
    }
  }

  private void save(SortedMap<String, Tensor> out) {
    float[] all = new float[newest.size() * RecentShares.FADES * classes];
    int row = 0;
    for (float[] shares : newest.values()) {
      System.arraycopy(shares, 0, all, at(row), shares.length);
      row++;
    }
    long[] partitions = newest.keySet().stream().mapToLong(Integer::longValue).toArray();
    out.put(PARTITIONS, new Tensor.I64(partitions, partitions.length));
    out.put(SHARES, new Tensor.F32(all, partitions.length, RecentShares.FADES, classes));
  }

  private Runnable check(SafeTensors in) {
    long[] partitions = in.longs(PARTITIONS, SafeTensors.ANY);
    float[] all = in.floats(SHARES, partitions.length, RecentShares.FADES, classes);
    SortedMap<Integer, float[]> saved = new TreeMap<>();
    for (int row = 0; row < partitions.length; row++) {
      if (partitions[row] < 0 || partitions[row] > Integer.MAX_VALUE) {
        throw new MalformedTensorsException(
            "tensor '%s' has partition %d: must not be below 0"
                .formatted(PARTITIONS, partitions[row]));
      }
      saved.put((int) partitions[row], Arrays.copyOfRange(all, at(row), at(row + 1)));
    }
    requireShares(SHARES, all, classes);
    return () -> {
      newest.clear();
      newest.putAll(saved);
    };
  }
}
