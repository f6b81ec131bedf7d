package dev.counterweight.scoring;

import dev.counterweight.checkpoint.CheckpointReader;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.event.Column;
import dev.counterweight.event.RawEvent;
import dev.counterweight.learning.ScriptedServing;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.ServedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The model of a checkpoint, loaded to score events.
 *
 * <p>Thread-safe: any number of threads may score at once; each that does so at the same moment
 * takes a few KiB.
 */
public final class Scorer implements AutoCloseable {
  private final ServedModel model;

  /** At most as many as threads have scored at once. */
  private final Queue<Place> free = new ConcurrentLinkedQueue<>();

  private Scorer(ServedModel model) {
    this.model = model;
  }

  /**
   * Loads the model of a checkpoint of model=linear or mlp, its files held to their hashes.
   *
   * @param checkpoint its folder, or one with checkpoints in it, of which the one with the most
   *     steps is taken
   * @throws FailureException if there is none, or it is not whole; the message says why
   */
  public static Scorer load(Path checkpoint) {
    return new Scorer(ServedCheckpoint.of(CheckpointReader.readServed(checkpoint)));
  }

  /**
   * Loads the model of a checkpoint of model=torchscript; PyTorch has to be there.
   *
   * @param module the file that model.file names
   * @throws FailureException as {@link #load(Path)}
   */
  public static Scorer load(Path checkpoint, Path module) {
    return new Scorer(
        new ScriptedServing(module, "cpu").load(CheckpointReader.readServed(checkpoint)));
  }

  /** Class names, in order. */
  public List<String> classes() {
    return model.classes();
  }

  /** Names of the features, in order. */
  public List<String> features() {
    return model.features().names();
  }

  /** Names of the columns of {@link #scoreColumns}, in order. */
  public List<String> columns() {
    return model.features().columns().stream().map(Column::name).toList();
  }

  /** Updates that the model had made. */
  public long step() {
    return model.id().step();
  }

  /** SHA-256 of the checkpoint's checkpoint.json. */
  public String checkpoint() {
    return model.id().sha256();
  }

  /**
   * Scores an event.
   *
   * @param event values by the names of the features: numbers, texts, true and false, {@link
   *     java.time.Instant}s, and {@link Iterable}s where a feature takes an array; other names are
   *     passed over, and what is null, NaN, blank or not there is missing
   * @throws IllegalArgumentException if a value is not of its feature's type, or missing and may
   *     not be, or so large that the model gives no finite score
   */
  public Score score(Map<String, ?> event) {
    return score(event, 0);
  }

  /**
   * The same, and what moved the decision.
   *
   * @param reasons features to name at most, as {@link ServedModel#reasons} tells them
   * @throws UnsupportedOperationException if they are asked for of model=torchscript
   */
  public Score score(Map<String, ?> event, int reasons) {
    return with(place -> place.score(event, reasons));
  }

  /**
   * Scores an event as it stands in the topic, in JSON; of features whose path leads to a record's
   * key or headers, the value is missing.
   *
   * @throws IllegalArgumentException if it is not such, or as {@link #score(Map)}
   */
  public Score score(byte[] json) {
    return score(json, 0);
  }

  /** The same, and what moved the decision, as {@link #score(Map, int)}. */
  public Score score(byte[] json, int reasons) {
    return with(place -> place.score(RawEvent.of(json, 0), reasons));
  }

  /**
   * Scores a row that is made already.
   *
   * @param columns a value for each of {@link #columns}: a number, NaN where it is missing and may
   *     be, or a row of a category's embedding
   * @throws IllegalArgumentException if they are not as many, or name a row that is not there, or
   *     the model gives no finite score
   */
  public Score scoreColumns(float... columns) {
    return with(place -> place.scoreColumns(columns, 0));
  }

  /** The same, and what moved the decision, as {@link #score(Map, int)}. */
  public Score scoreColumns(float[] columns, int reasons) {
    return with(place -> place.scoreColumns(columns, reasons));
  }

  private Score with(Work work) {
    Place place = free.poll();
    if (place == null) {
      place = new Place(model);
    }
    try {
      return work.at(place);
    } finally {
      free.add(place);
    }
  }

  private interface Work {
    Score at(Place place);
  }

  /** Frees native memory, of which only model=torchscript has any; nobody may be scoring then. */
  @Override
  public void close() {
    model.close();
  }
}
