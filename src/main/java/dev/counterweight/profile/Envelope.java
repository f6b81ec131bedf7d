package dev.counterweight.profile;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What events are wrapped in by those who bring them to Kafka. */
public enum Envelope {
  /** Nothing. */
  NONE,
  /** A change of a row: {@code before}, {@code after} and {@code op}. */
  DEBEZIUM,
  /** {@code schema} and {@code payload}. */
  CONNECT;

  private static final double MOST = 0.9;

  /** That of most events. */
  static Envelope of(List<Value> events) {
    for (Envelope envelope : List.of(DEBEZIUM, CONNECT)) {
      if (events.stream().filter(envelope::holds).count() >= MOST * events.size()) {
        return envelope;
      }
    }
    return NONE;
  }

  private boolean holds(Value event) {
    return this == DEBEZIUM
        ? fields(payload(event)).keySet().containsAll(Set.of("after", "op"))
        : fields(event).keySet().equals(Set.of("schema", "payload"));
  }

  /** What is inside; null for the deletion of a row, which has nothing inside. */
  @Nullable Value open(Value event) {
    Value inside =
        switch (this) {
          case NONE -> event;
          case CONNECT -> fields(event).get("payload");
          case DEBEZIUM -> fields(payload(event)).get("after");
        };
    return inside instanceof Value.Absent ? null : inside;
  }

  private static Value payload(Value event) {
    return CONNECT.holds(event) && fields(event).get("payload") instanceof Value.Fields payload
        ? payload
        : event;
  }

  private static Map<String, Value> fields(Value value) {
    return value instanceof Value.Fields object ? object.values() : Map.of();
  }
}
