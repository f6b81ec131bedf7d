package dev.counterweight.learning;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.counterweight.config.ModelConfig;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.loss.BatchLoss;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.Activation;
import dev.counterweight.serving.Candidates;
import dev.counterweight.serving.LayeredScores;
import dev.counterweight.serving.RawScores;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A model being trained: normaliser, embeddings, network, loss and optimiser. Takes raw columns;
 * scores and steps are functions of what was fed to it and of the seed alone.
 *
 * <p>Owns native memory until closed; a step leaves none behind. Not thread-safe.
 */
public final class Learner implements AutoCloseable {
  /** With it to spare, the norm of a row's gradient can be worked out in float32. */
  private static final double LARGEST_SQUARE = 1e36;

  private static final double LARGEST_INPUT = 1e18;

  private final NDManager manager;
  private final int columns;
  private final int classes;
  private final Candidates candidates;
  private final TrainedModel model;
  private final boolean normalizing;
  private final Normalizer normalizer;
  private final Embeddings embeddings;
  private final BatchLoss loss;
  private final Optimizer optimizer;
  private final double learningRate;
  private final long warmupSteps;
  private final double gradientClip;
  private final Activation activation;
  private final DirectFloats input = new DirectFloats();
  private final DirectFloats scores = new DirectFloats();
  private final DirectFloats derivatives = new DirectFloats();
  private float[] scoreValues = new float[0];

  /**
   * A fresh model.
   *
   * @param layout of the rows: what its columns are
   * @param classes K
   * @param seed of the initial parameters
   * @throws FailureException if {@code device} asks for a GPU that is not there, or the model is
   *     the user's and does not fit
   */
  public Learner(TrainerConfig config, FeatureSchema layout, int classes, long seed) {
    ModelConfig.Kind kind = config.model().kind();
    this.columns = layout.columnCount();
    this.classes = classes;
    this.candidates = config.model().candidates();
    this.normalizing = kind != ModelConfig.Kind.TORCHSCRIPT;
    this.normalizer = new Normalizer(layout, normalizing ? config.model().quantiles() : 0, seed);
    this.manager = ComputeDevice.manager(config.device());
    this.loss = BatchLoss.of(config.loss(), classes);
    this.embeddings = embeddings(config, layout, classes, seed);
    this.model =
        TrainedModel.of(config.model(), manager, width(), embeddings.width(), classes, seed);
    this.optimizer =
        new Optimizer(
            manager,
            model.layout(),
            model.averages(),
            config.model().rates(),
            config.model().average(),
            config.optimizer());
    this.learningRate = config.optimizer().learningRate();
    this.warmupSteps = config.optimizer().warmupSteps();
    this.gradientClip = config.optimizer().gradientClip();
    this.activation = Activation.valueOf(config.model().activation().name());
  }

  /** A module of the user's own gets the columns as they are. */
  private static Embeddings embeddings(
      TrainerConfig config, FeatureSchema layout, int classes, long seed) {
    ModelConfig.Kind kind = config.model().kind();
    FeatureSchema embedded =
        kind == ModelConfig.Kind.TORCHSCRIPT
            ? new FeatureSchema(layout.features(), layout.columns(), List.of())
            : layout;
    return new Embeddings(
        embedded, kind == ModelConfig.Kind.LINEAR ? classes : 0, config.optimizer(), seed);
  }

  /** Where it trains: {@code cpu}, {@code gpu:0} and so on. */
  public String device() {
    Device device = manager.getDevice();
    return device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu";
  }

  /** The normaliser in front of the network, fed by the caller. */
  public Normalizer normalizer() {
    return normalizer;
  }

  /**
   * Tells the loss the classes' standing as of the record whose steps come next.
   *
   * @param prior p_c
   * @param classWeight w_c
   */
  public void observe(float[] prior, float[] classWeight) {
    loss.observe(prior, classWeight);
  }

  /** Updates made. */
  public long steps() {
    return optimizer.steps();
  }

  /**
   * Learning rate of the next step. Over the first steps, as many as configured, it grows evenly to
   * the full rate, where it stays: a function of the number of steps made alone, so that a resumed
   * run goes on where it was.
   */
  public double learningRate() {
    return learningRate * warmedUp(optimizer.steps(), warmupSteps);
  }

  /** The share of the full rate for the step after so many. */
  static double warmedUp(long made, long warmupSteps) {
    return made < warmupSteps ? (made + 1.0) / warmupSteps : 1;
  }

  /** The networks that are trained side by side, and their averages: J. */
  public Candidates candidates() {
    return candidates;
  }

  /**
   * Raw scores.
   *
   * @param features rows x C raw columns
   * @return rows x J x K, row-major
   * @throws IllegalArgumentException if a category's column names no row of its embedding
   */
  public float[] logits(float[] features, int rows) {
    if (rows == 0) {
      return new float[0];
    }
    if (model instanceof ScriptedModel scripted) {
      return scripted.scores(features, rows);
    }
    float[] values = new float[rows * candidates.count() * classes];
    served((Network) model).worker().score(features, 0, rows, values, 0);
    return values;
  }

  /** The forward pass of the model as it is now: that which serves. */
  private RawScores served(Network network) {
    return new LayeredScores(
        columns,
        normalizer.served(),
        embeddings.served(),
        network.layers(),
        activation,
        embeddings.added());
  }

  /**
   * One update on rows {@code from} to {@code from + rows}. Rows that by themselves make the loss
   * or the gradient not finite are left out of it: they pay nothing, and the others as if they were
   * there. If none is left, or the loss or gradient of all together is not finite, nothing changes
   * and the step is not counted.
   *
   * @param features raw columns, row-major
   * @param labels class indices
   * @param lossWeights factors of the rows' losses
   * @throws IllegalArgumentException if a category's column names no row of its embedding
   */
  public StepResult step(float[] features, long[] labels, float[] lossWeights, int from, int rows) {
    Rows all = new Rows(features, labels, lossWeights, from, rows);
    StepResult result = step(all, 0);
    if (!result.skipped()) {
      return result;
    }
    // Most often a value near float32's limit: a look at the rows finds it, a pass a row is dear.
    int[] near = IntStream.range(0, rows).filter(this::near).map(row -> from + row).toArray();
    if (near.length > 0 && near.length < rows) {
      StepResult step = stepOn(near, all);
      if (!step.skipped()) {
        return step;
      }
    }
    int[] usable = Arrays.stream(near).filter(row -> usable(all.only(row))).toArray();
    return usable.length == 0 || usable.length == near.length ? result : stepOn(usable, all);
  }

  /** Rows {@code from} to {@code from + count} of some arrays. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Rows(float[] features, long[] labels, float[] weights, int from, int count) {
    Rows only(int row) {
      return new Rows(features, labels, weights, row, 1);
    }
  }

  /** Whether all values of a row of {@code input} are far from float32's limits. */
  private boolean near(int row) {
    FloatBuffer seen = input.floats(row + 1, width());
    for (int i = row * width(); i < (row + 1) * width(); i++) {
      if (!(Math.abs(seen.get(i)) <= LARGEST_INPUT)) {
        return false;
      }
    }
    return true;
  }

  private StepResult step(Rows rows, int leftOut) {
    double value = pass(rows);
    NDArray gradient = model.backward(derivatives);
    if (!Double.isFinite(value)) {
      return new StepResult(value, Double.NaN, true, leftOut);
    }
    double rate = learningRate();
    double norm =
        optimizer.update(model.parameters(), gradient, rate, gradientClip, embeddedGradient(rows));
    if (!Double.isFinite(norm)) {
      return new StepResult(value, norm, true, leftOut);
    }
    embeddings.move(optimizer.steps(), rate, norm, gradientClip);
    model.updated();
    return new StepResult(value, norm, false, leftOut);
  }

  /** The sum of the squares of the embeddings' gradient, which they keep. */
  private double embeddedGradient(Rows rows) {
    int count = rows.count();
    return embeddings.gradient(
        rows.features(),
        rows.from(),
        count,
        model.embedded(count),
        derivatives.floats(count * candidates.networks(), classes),
        candidates.networks());
  }

  /**
   * The loss, the mean over the networks without a guest, as that of the gradient's norms; the
   * gradient of each stands in {@code derivatives}.
   */
  private double pass(Rows rows) {
    int count = rows.count();
    normalize(rows.features(), rows.from(), count, input);
    int networks = candidates.networks();
    FloatBuffer outcome = scores.floats(networks * count, classes);
    model.forward(input, scores, optimizer.steps());
    if (scoreValues.length != networks * count * classes) {
      scoreValues = new float[networks * count * classes];
    }
    outcome.get(scoreValues);
    embeddings.add(rows.features(), rows.from(), count, scoreValues, networks);
    FloatBuffer gradient = derivatives.floats(networks * count, classes);
    return loss.of(
        scoreValues,
        networks,
        candidates.rates(),
        rows.labels(),
        rows.weights(),
        rows.from(),
        count,
        gradient);
  }

  /** A row's place is taken by one that can be used, at no weight: 0 times infinity is NaN. */
  private StepResult stepOn(int[] usable, Rows all) {
    int end = all.from() + all.count();
    float[] clean = Arrays.copyOf(all.features(), end * columns);
    long[] labels = all.labels().clone();
    float[] weights = all.weights().clone();
    for (int row = all.from(); row < end; row++) {
      if (Arrays.binarySearch(usable, row) < 0) {
        System.arraycopy(all.features(), usable[0] * columns, clean, row * columns, columns);
        labels[row] = labels[usable[0]];
        weights[row] = 0;
      }
    }
    Rows rows = new Rows(clean, labels, weights, all.from(), all.count());
    return step(rows, all.count() - usable.length);
  }

  /** Whether a row's own loss and gradient are finite, whatever a model's dropout leaves of it. */
  private boolean usable(Rows row) {
    double value = pass(row);
    double square = 0;
    for (float slope : model.backward(derivatives).toFloatArray()) {
      square += (double) slope * slope;
    }
    square += embeddedGradient(row);
    return Double.isFinite(value) && square < LARGEST_SQUARE;
  }

  /**
   * What model.safetensors holds: parameters by PyTorch's names, the embeddings', and the
   * normaliser's mean, std.
   */
  public SortedMap<String, Tensor> model() {
    SortedMap<String, Tensor> tensors = parameters().save();
    if (normalizing) {
      tensors.putAll(normalizer.parameters());
    }
    return tensors;
  }

  /** What optimizer.safetensors holds. */
  public SortedMap<String, Tensor> optimizer() {
    return moments().save();
  }

  private State parameters() {
    return State.of(model, embeddings::declareWeights);
  }

  private State moments() {
    return State.of(optimizer, embeddings::declareMoments);
  }

  /** The normaliser's accumulators. */
  public SortedMap<String, Tensor> state() {
    return normalizer.state();
  }

  /**
   * Checks what {@link #model}, {@link #optimizer} and {@link #state} gave.
   *
   * @return what restores it: the learner then steps exactly as that which gave it would have
   * @throws MalformedTensorsException if a tensor is missing, of another shape, or has a number
   *     that cannot be; the message names it
   */
  public Runnable check(
      SortedMap<String, Tensor> parameters,
      SortedMap<String, Tensor> optimizerState,
      SortedMap<String, Tensor> state) {
    Runnable model = parameters().check(parameters);
    Runnable moments = moments().check(optimizerState);
    Runnable accumulators = State.of(normalizer).check(state);
    return () -> List.of(model, moments, accumulators).forEach(Runnable::run);
  }

  /** What of the state has a number that cannot be, in words. */
  public Optional<String> unsound() {
    return Stream.of(parameters(), moments(), State.of(normalizer))
        .flatMap(part -> part.unsound().stream())
        .findFirst();
  }

  @Override
  public void close() {
    model.close();
    optimizer.close();
    List.of(input, scores, derivatives).forEach(DirectFloats::close);
    manager.close();
  }

  /** Values a row has as the model sees it. */
  private int width() {
    return normalizing ? normalizer.width() + embeddings.width() : columns;
  }

  private void normalize(float[] rows, int from, int n, DirectFloats into) {
    FloatBuffer target = into.floats(n, width());
    if (normalizing) {
      normalizer.apply(rows, from, n, target, width());
      embeddings.put(rows, from, n, target, normalizer.width(), width());
    } else {
      target.put(rows, from * columns, n * columns);
    }
  }
}
