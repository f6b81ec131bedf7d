package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.JsonPaths.Node;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an event is wrapped in, as it goes by: the place of the event within, and whether there is
 * one. Not thread-safe.
 */
final class JsonEnvelope {
  /** Debezium's: a delete, a truncated table, a message of the database. */
  private static final Set<String> WITHOUT_EVENT = Set.of("d", "t", "m");

  /** Opens a value, and reads the start of the object that it is. */
  interface Opening {
    JsonParser open() throws IOException, EventRejectedException;
  }

  private final EventSchema.Envelope kind;
  private final Node top = new Node();
  private final Node event;
  private final Seen content = new Seen();
  private final Seen payload = new Seen();
  private final Seen op = new Seen();

  JsonEnvelope(EventSchema.Envelope kind) {
    this.kind = kind;
    this.event = kind == EventSchema.Envelope.NONE ? top : new Node();
    if (kind == EventSchema.Envelope.CONNECT) {
      event.add(content);
      top.member("payload", event);
    } else if (kind == EventSchema.Envelope.DEBEZIUM) {
      event.add(content);
      change(top);
      Node wrapped = top.member("payload"); // by Connect's JsonConverter, with its schema
      wrapped.add(payload);
      change(wrapped);
    }
  }

  private void change(Node node) {
    node.member("after", event);
    node.member("op").add(op);
  }

  /** What stands in one place; the last of several. */
  private static final class Seen implements JsonPaths.Sink {
    private @Nullable JsonToken token;
    private String text = "";

    @Override
    public void value(JsonParser in, JsonToken found) throws IOException {
      token = found;
      text = found == JsonToken.VALUE_STRING ? in.getText() : "";
    }

    private void clear() {
      token = null;
      text = "";
    }
  }

  EventSchema.Envelope kind() {
    return kind;
  }

  /** Where a value begins. */
  Node top() {
    return top;
  }

  /** Where the event in it begins. */
  Node event() {
    return event;
  }

  /** Before a value is gone through. */
  void begin() {
    content.clear();
    payload.clear();
    op.clear();
  }

  /**
   * Demands of the value that has gone by that there was an event in it.
   *
   * @param again opens the value again, for a message
   * @throws EventRejectedException {@code TOMBSTONE} if there is none; {@code MALFORMED} if it is
   *     no such envelope
   */
  void requireEvent(Opening again) throws EventRejectedException {
    if (kind == EventSchema.Envelope.NONE || content.token == JsonToken.START_OBJECT && !isGone()) {
      return;
    }
    if (isGone()
        || content.token == JsonToken.VALUE_NULL
        || payload.token == JsonToken.VALUE_NULL) {
      throw new EventRejectedException(
          Reason.TOMBSTONE,
          kind == EventSchema.Envelope.CONNECT
              ? "the payload is null: a tombstone"
              : "a change that leaves no event" + (op.text.isEmpty() ? "" : ": op=" + op.text));
    }
    throw new EventRejectedException(
        Reason.MALFORMED,
        () ->
            (kind == EventSchema.Envelope.CONNECT
                    ? "no object 'payload', as Kafka Connect wraps an event in"
                    : "no object 'after', as a Debezium change has")
                + JsonTrouble.has(again)
                + "; events.envelope=none reads plain events");
  }

  private boolean isGone() {
    return WITHOUT_EVENT.contains(op.text);
  }
}
