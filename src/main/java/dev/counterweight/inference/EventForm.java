package dev.counterweight.inference;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FieldPath;
import dev.counterweight.serving.ServedModel;

/**
 * The JSON of an event that is sent over HTTP: that of the topic, but that what stands in a
 * record's key or headers there has its feature's name here, since a request has neither.
 *
 * @param envelope what it is wrapped in
 * @param mostBytes of an event
 */
record EventForm(EventSchema.Envelope envelope, int mostBytes) {

  /** What reads events for a model, in one thread. */
  EventDecoder decoder(ServedModel model) {
    return EventFormat.JSON.decoder(schema(model), mostBytes);
  }

  private EventSchema schema(ServedModel model) {
    FeatureSchema features =
        new FeatureSchema(model.features().features().stream().map(EventForm::inValue).toList());
    return EventSchema.ofFeatures(features, model.classes(), envelope);
  }

  private static Feature inValue(Feature feature) {
    FieldPath path = feature.path();
    return path.source() == FieldPath.Source.VALUE
        ? feature
        : new Feature(
            feature.name(),
            new FieldPath(feature.name(), FieldPath.Source.VALUE, feature.name()),
            feature.type(),
            feature.missing());
  }
}
