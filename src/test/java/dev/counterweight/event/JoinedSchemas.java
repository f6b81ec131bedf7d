package dev.counterweight.event;

import dev.counterweight.config.EventsConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Schemas of events and labels that stand apart, for tests. */
public final class JoinedSchemas {
  private JoinedSchemas() {}

  /** A schema's events, their labels apart, found by a key. */
  public static EventSchema withoutLabel(EventSchema schema, String key) {
    return changed(schema, schema.features(), null, key);
  }

  /** A schema's events as they are, with a key. */
  public static EventSchema joined(EventSchema schema, String key) {
    return changed(schema, schema.features(), schema.label(), key);
  }

  /** Of a schema's label, time and importance alone, with a key. */
  public static EventSchema labels(EventSchema schema, String key) {
    return changed(schema, new FeatureSchema(List.of()), schema.label(), key);
  }

  /** The same topic, read by another schema. */
  public static EventsConfig with(EventsConfig events, EventSchema schema) {
    return new EventsConfig(
        events.topic(),
        events.format(),
        events.start(),
        schema,
        events.maxFutureMs(),
        events.maxBytes(),
        events.lost(),
        events.schemas(),
        false,
        false);
  }

  private static EventSchema changed(
      EventSchema schema, FeatureSchema features, @Nullable String label, String key) {
    return new EventSchema(
        features,
        label,
        schema.classes(),
        schema.time(),
        schema.importance(),
        schema.timeUnit(),
        schema.minTimeMs(),
        schema.columns().equals(schema.usualColumns()) ? List.of() : schema.columns(),
        schema.synonyms(),
        schema.envelope(),
        schema.skipsUnlabelled(),
        key);
  }
}
