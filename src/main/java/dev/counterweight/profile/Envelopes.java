package dev.counterweight.profile;

import dev.counterweight.event.EventSchema.Envelope;
import dev.counterweight.event.Value;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells what events are wrapped in, and takes it off. */
final class Envelopes {
  private static final double MOST = 0.9;

  private Envelopes() {}

  /** That of most events. */
  static Envelope of(List<Value> events) {
    for (Envelope envelope : List.of(Envelope.DEBEZIUM, Envelope.CONNECT)) {
      if (events.stream().filter(e -> holds(envelope, e)).count() >= MOST * events.size()) {
        return envelope;
      }
    }
    return Envelope.NONE;
  }

  private static boolean holds(Envelope envelope, Value event) {
    return envelope == Envelope.DEBEZIUM
        ? fields(payload(event)).keySet().containsAll(Set.of("after", "op"))
        : fields(event).keySet().equals(Set.of("schema", "payload"));
  }

  /** What is inside; null for the deletion of a row, which has nothing inside. */
  static @Nullable Value open(Envelope envelope, Value event) {
    Value inside =
        switch (envelope) {
          case NONE -> event;
          case CONNECT -> fields(event).get("payload");
          case DEBEZIUM -> fields(payload(event)).get("after");
        };
    return inside instanceof Value.Absent ? null : inside;
  }

  private static Value payload(Value event) {
    return holds(Envelope.CONNECT, event)
            && fields(event).get("payload") instanceof Value.Fields payload
        ? payload
        : event;
  }

  private static Map<String, Value> fields(Value value) {
    return value instanceof Value.Fields object ? object.values() : Map.of();
  }
}
