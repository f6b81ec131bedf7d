package dev.counterweight.inference;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.FeatureValues;
import dev.counterweight.protocol.ScoreWriter;
import dev.counterweight.serving.Reason;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.util.List;

/** What one thread scores with by one model. Owned by that thread. */
final class Workplace {
  /** Rows that are scored together. */
  private static final int TOGETHER = 64;

  /** Takes what a row was scored to. */
  interface Sink {
    /**
     * A row's outcome.
     *
     * @param scratch good until the call returns
     */
    void row(int row, Scratch scratch, List<Reason> reasons);

    /**
     * Looks at what it has taken, time and again.
     *
     * @throws Refusal if it is more than it may be
     */
    default void check() throws Refusal {}
  }

  private final ServedModel model;
  private final Scratch scratch;
  private final EventDecoder events;
  private final FeatureValues features;
  private final TensorForm tensors;
  private final ScoreWriter writer;
  private final byte[][] classes;
  private final int columns;
  private float[] block;

  Workplace(ServedModel model, EventForm form) {
    this.model = model;
    this.scratch = model.scratch();
    this.events = form.decoder(model);
    this.features = new FeatureValues(model.features());
    this.tensors = new TensorForm(model.features());
    this.classes = model.classes().stream().map(JsonBytes::quoted).toArray(byte[][]::new);
    this.columns = model.features().columnCount();
    this.block = new float[columns];
    this.writer =
        new ScoreWriter(
            model.classes(),
            model.threshold(),
            model.id().step(),
            model.id().sha256(),
            model.schema().hash());
  }

  ServedModel model() {
    return model;
  }

  EventDecoder events() {
    return events;
  }

  FeatureValues features() {
    return features;
  }

  TensorForm tensors() {
    return tensors;
  }

  /** Names of the classes as JSON, in class order. */
  byte[][] classes() {
    return classes;
  }

  ScoreWriter writer() {
    return writer;
  }

  /**
   * Scores rows, in order.
   *
   * @param reasons how many to tell of each
   * @param deadline after which it gives up
   * @throws Refusal if a row cannot be read or has no score, or it takes too long
   */
  void score(Rows rows, int reasons, Deadline deadline, Sink sink) throws Refusal {
    int together = reasons > 0 ? 1 : TOGETHER;
    for (int from = 0; from < rows.count(); from += together) {
      deadline.check(from, rows.count());
      int taken = Math.min(together, rows.count() - from);
      if (block.length < taken * columns) {
        block = new float[taken * columns];
      }
      for (int r = 0; r < taken; r++) {
        rows.write(from + r, block, r * columns);
      }
      if (reasons > 0) {
        List<Reason> told = model.reasons(block, 0, scratch, reasons);
        requireScore(from);
        sink.row(from, scratch, told);
      } else {
        score(from, taken, sink);
      }
      sink.check();
    }
  }

  private void score(int from, int taken, Sink sink) throws Refusal {
    if (taken == 1) {
      model.score(block, 0, scratch);
      requireScore(from);
      sink.row(from, scratch, List.of());
      return;
    }
    int[] unscorable = {-1};
    model.score(
        block,
        taken,
        scratch,
        r -> {
          if (!scratch.scored()) {
            unscorable[0] = from + r;
          } else if (unscorable[0] < 0) {
            sink.row(from + r, scratch, List.of());
          }
        });
    if (unscorable[0] >= 0) {
      throw unscorable(unscorable[0]);
    }
  }

  private void requireScore(int row) throws Refusal {
    if (!scratch.scored()) {
      throw unscorable(row);
    }
  }

  private Refusal unscorable(int row) {
    return Refusal.bad(
        "row %d: the model of step %d gives no finite score for its values"
            .formatted(row, model.id().step()));
  }
}
