package dev.counterweight.scoring;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.FeatureValues;
import dev.counterweight.event.RawEvent;
import dev.counterweight.serving.Reason;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where one thread at a time scores by a model. Not thread-safe. */
final class Place {
  private final ServedModel model;
  private final List<String> names;
  private final FeatureValues values;
  private final EventDecoder json;
  private final Scratch scratch;
  private final float[] row;

  Place(ServedModel model) {
    this.model = model;
    this.names = model.features().names();
    this.values = new FeatureValues(model.features());
    this.json =
        EventFormat.JSON.decoder(
            EventSchema.ofFeatures(model.features(), model.classes(), EventSchema.Envelope.NONE));
    this.scratch = model.scratch();
    this.row = new float[model.features().columnCount()];
  }

  Score score(Map<String, ?> event, int reasons) {
    try {
      values.begin(row, 0);
      for (int f = 0; f < names.size(); f++) {
        if (event.containsKey(names.get(f))) {
          values.put(f, event.get(names.get(f)));
        }
      }
      values.end();
    } catch (EventRejectedException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return score(row, reasons);
  }

  Score score(RawEvent event, int reasons) {
    try {
      json.features(event, row, 0);
    } catch (EventRejectedException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return score(row, reasons);
  }

  Score scoreColumns(float[] columns, int reasons) {
    if (columns.length != row.length) {
      throw new IllegalArgumentException(
          "%d columns: must be %d".formatted(columns.length, row.length));
    }
    return score(columns, reasons);
  }

  private Score score(float[] columns, int reasons) {
    List<Reason> why = List.of();
    if (reasons > 0) {
      why = model.reasons(columns, 0, scratch, reasons);
    } else {
      model.score(columns, 0, scratch);
    }
    if (!scratch.scored()) {
      throw new IllegalArgumentException(
          "the model gives no finite score: a value is far beyond what it learnt from, or NaN");
    }
    Map<String, Double> probabilities = new LinkedHashMap<>();
    for (int c = 0; c < model.classes().size(); c++) {
      probabilities.put(model.classes().get(c), scratch.probabilities()[c]);
    }
    return new Score(
        probabilities,
        model.classes().get(scratch.decision()),
        model.threshold(),
        model.id().step(),
        model.id().sha256(),
        why);
  }
}
