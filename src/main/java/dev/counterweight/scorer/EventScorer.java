package dev.counterweight.scorer;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.protocol.ScoreWriter;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.util.List;

/**
 * Scores events by one model: from a record's bytes to those of its score. What it takes for that
 * is made once. Not thread-safe.
 */
final class EventScorer {
  private final ServedModel model;
  private final int reasons;
  private final EventDecoder decoder;
  private final float[] row;
  private final Scratch scratch;
  private final ScoreWriter writer;

  /**
   * @param reasons features that each score names, at most
   */
  EventScorer(ServedModel model, EventsConfig events, WriterSchemas schemas, int reasons) {
    this.model = model;
    this.reasons = model.explains() ? reasons : 0;
    this.decoder = events.headlessDecoder(model.features(), model.classes(), schemas);
    this.row = new float[model.features().columnCount()];
    this.scratch = model.scratch();
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

  /**
   * The score of an event.
   *
   * @throws EventRejectedException if the event cannot be read, or its score is no number
   */
  byte[] score(RawEvent event, int partition, long offset) throws EventRejectedException {
    decoder.features(event, row, 0);
    List<dev.counterweight.serving.Reason> why = List.of();
    if (reasons > 0) {
      why = model.reasons(row, 0, scratch, reasons);
    } else {
      model.score(row, 0, scratch);
    }
    if (!scratch.scored()) {
      throw new EventRejectedException(
          Reason.UNSCORABLE,
          "the model of step %d gives no finite score".formatted(model.id().step()));
    }
    return writer.write(scratch.probabilities(), scratch.decision(), partition, offset, why);
  }

  /** Index of the class decided for in the event that was scored last. */
  int decision() {
    return scratch.decision();
  }
}
