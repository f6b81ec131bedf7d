package dev.counterweight.scorer;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.CheckpointReader;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.evaluation.Interval;
import dev.counterweight.event.EventSchema;
import dev.counterweight.forest.WindowForest;
import dev.counterweight.protocol.RecentMetrics;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.serving.ForestShares;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Checkpoints of a linear model of two classes, made without training: of the one feature's value x
 * it gives the score {@code slope x} to the second class. Kept in a folder, and announced. Or of a
 * network, its weights by chance.
 */
public final class MadeCheckpoints {
  private static final int KEPT = 5;

  static final List<String> CLASSES = List.of("ok", "fraud");
  static final EventSchema EVENTS =
      new EventSchema(List.of("amount"), "label", CLASSES, null, null);

  private final Path folder;
  private final String job;
  private final CheckpointFolder store;
  private final List<Ref> announced = new ArrayList<>();
  private EventSchema events = EVENTS;
  private long inlineBytes = 1 << 20;
  private float steeper = 1;
  private List<Integer> hidden = List.of();
  private int trees;

  public MadeCheckpoints(Path folder, String job) {
    this.folder = folder;
    this.job = job;
    this.store = new CheckpointFolder(folder, job, "a");
  }

  CheckpointReader reader() {
    return new CheckpointReader(folder);
  }

  /** Announcements carry nothing from now on. */
  MadeCheckpoints withoutInline() {
    inlineBytes = 0;
    return this;
  }

  /** Slopes are so many times the step from now on. */
  MadeCheckpoints steeper(float times) {
    steeper = times;
    return this;
  }

  /** Networks of these layers from now on. */
  public MadeCheckpoints hidden(List<Integer> sizes) {
    hidden = List.copyOf(sizes);
    return this;
  }

  /** With forests of so many trees from now on. */
  MadeCheckpoints forest(int count) {
    trees = count;
    return this;
  }

  public MadeCheckpoints of(EventSchema schema) {
    events = schema;
    return this;
  }

  /** Figures of 4,096 rows, 82 of them frauds. */
  static RecentMetrics figures(double logLoss, double recall) {
    return new RecentMetrics(
        logLoss,
        new Interval(logLoss * 0.9, logLoss * 1.1),
        Map.of("ok", 0.99, "fraud", recall),
        Map.of("ok", Interval.wilson(0.99, 4014), "fraud", Interval.wilson(recall, 82)),
        Map.of("ok", 0.98, "fraud", 0.02),
        Map.of("ok", Interval.wilson(0.98, 4096), "fraud", Interval.wilson(0.02, 4096)),
        Map.of("ok", 4014L, "fraud", 82L));
  }

  /** Good figures. */
  static RecentMetrics good() {
    return figures(0.1, 0.9);
  }

  /** Writes a checkpoint with good figures; what announces it. */
  public Announcement announce(long step) {
    return announce(step, Map.of(RecentMetrics.GROUP, good().toMap()));
  }

  Announcement announce(long step, RecentMetrics recent) {
    return announce(step, Map.of(RecentMetrics.GROUP, recent.toMap()));
  }

  /** Writes the next checkpoint; what announces it. */
  Announcement announce(long step, Map<String, Object> metrics) {
    Announcement announcement =
        Announcement.of(write(step, metrics), List.copyOf(announced), inlineBytes);
    announced.add(0, announcement.checkpoint());
    if (announced.size() > KEPT) {
      announced.remove(KEPT);
    }
    return announcement;
  }

  private StoredCheckpoint write(long step, Map<String, Object> metrics) {
    Map<String, Tensor> tensors = new HashMap<>();
    int columns = events.features().columnCount();
    int classes = events.classCount();
    float[] weights = new float[classes * columns];
    weights[columns] = step * steeper;
    float[] ones = new float[columns];
    Arrays.fill(ones, 1);
    tensors.put("normalizer.mean", new Tensor.F32(new float[columns], columns));
    tensors.put("normalizer.std", new Tensor.F32(ones, columns));
    if (hidden.isEmpty()) {
      tensors.put("0.weight", new Tensor.F32(weights, classes, columns));
      tensors.put("0.bias", new Tensor.F32(new float[classes], classes));
    } else {
      network(tensors, columns, classes);
    }
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put(StoredCheckpoint.MODEL, new SafeTensors(new TreeMap<>(tensors)).toBytes());
    files.put(StoredCheckpoint.STATE, new byte[10]);
    if (trees > 0) {
      files.put(StoredCheckpoint.FOREST, grown(columns, classes));
    }
    try {
      return store.write(manifest(step, metrics), files);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void network(Map<String, Tensor> tensors, int columns, int classes) {
    SplittableRandom random = new SplittableRandom(1);
    List<Integer> outputs = new ArrayList<>(hidden);
    outputs.add(classes);
    int in = columns;
    for (int layer = 0; layer < outputs.size(); layer++) {
      int out = outputs.get(layer);
      float[] weights = new float[in * out];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) ((random.nextDouble() - 0.5) / Math.sqrt(in));
      }
      tensors.put(2 * layer + ".weight", new Tensor.F32(weights, out, in));
      tensors.put(2 * layer + ".bias", new Tensor.F32(new float[out], out));
      in = out;
    }
  }

  private byte[] grown(int columns, int classes) {
    SplittableRandom random = new SplittableRandom(1);
    WindowForest forest = new WindowForest(columns, classes, trees, 1);
    for (int i = 0; i < 1_000; i++) {
      float[] row = new float[columns];
      for (int f = 0; f < columns; f++) {
        row[f] = (float) random.nextDouble();
      }
      forest.learn(row, 0, i % classes);
    }
    return new SafeTensors(State.of(forest.grown()).save()).toBytes();
  }

  private CheckpointManifest manifest(long step, Map<String, Object> metrics) {
    Map<String, Double> even = new HashMap<>();
    events
        .classes()
        .forEach(c -> even.put(c, c.equals("ok") ? 0.98 : 0.02 / (events.classCount() - 1)));
    Map<String, Double> ones = new HashMap<>();
    events.classes().forEach(c -> ones.put(c, 1.0));
    return new CheckpointManifest(
        CheckpointManifest.FORMAT,
        job,
        new CheckpointManifest.Position(step, step),
        new CheckpointManifest.Origin("a", "2026-01-01T00:00:00Z", null, "amd64"),
        new CheckpointManifest.Stream(
            new StreamIdentity("cluster", "topic"),
            new TreeMap<>(Map.of(0, step)),
            new TreeMap<>()),
        CheckpointManifest.SchemaEntry.of(events),
        new CheckpointManifest.Training(
            hidden.isEmpty()
                ? new CheckpointManifest.Layers("linear", List.of(), "none", 0)
                : new CheckpointManifest.Layers("mlp", hidden, "relu", 0),
            new CheckpointManifest.Mixed(null, null, null, trees > 0 ? trees : null),
            new CheckpointManifest.Objective("cross-entropy", "mean"),
            new CheckpointManifest.Updates("adam", 0.01, 0.9, 0.999, 0, 0, 1),
            32,
            1),
        new CheckpointManifest.Serving(false, "argmax-scores", null, null, null, null, null, null),
        new CheckpointManifest.Probabilities(
            null,
            null,
            0.0,
            null,
            ones,
            null,
            null,
            null,
            trees > 0 ? new ForestShares(1, 0.5, 0.5) : null,
            null),
        new CheckpointManifest.Shares(even, ones),
        metrics,
        new TreeMap<>());
  }
}
