package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonParser;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.JsonPaths.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fields of an event whose value is a JSON object, wherever in its record they stand: in the value,
 * in an object that the key is, or, as a text, in a header or the key as a whole. Not thread-safe.
 */
final class JsonFields {

  /** Takes what stands in a field. */
  interface Sink extends JsonPaths.Sink {
    /** The text of a header, or of the key. */
    void text(String text) throws EventRejectedException;
  }

  private record Text(FieldPath path, Sink sink) {}

  private final JsonText text;
  private final JsonEnvelope envelope;

  /** Reads most values faster; null where what is looked for is not of the plain kind. */
  private @Nullable PlainJson plain;

  private final PlainAttempts attempts = new PlainAttempts();

  private final JsonPaths paths = new JsonPaths();
  private final JsonPaths pathsOfKey = new JsonPaths();
  private @Nullable Node key;
  private final List<Text> texts = new ArrayList<>();

  /**
   * @param text that values are read through
   */
  JsonFields(JsonText text, EventSchema.Envelope kind) {
    this.text = text;
    this.envelope = new JsonEnvelope(kind);
    this.plain = kind == EventSchema.Envelope.NONE && !text.framed() ? new PlainJson() : null;
  }

  /** Looks for a field from now on. */
  void add(FieldPath path, Sink sink) {
    if (RecordText.is(path)) {
      texts.add(new Text(path, sink));
    } else if (path.source() == FieldPath.Source.VALUE) {
      paths.add(envelope.event(), path, sink);
      addPlain(path, sink);
    } else {
      Node from = key == null ? new Node() : key;
      key = from;
      pathsOfKey.add(from, path, sink);
    }
  }

  private void addPlain(FieldPath path, Sink sink) {
    List<List<FieldPath.Step>> readings = path.readings();
    boolean added =
        plain != null
            && sink instanceof PlainJson.Sink takes
            && !sink.takesItems()
            && readings.size() == 1
            && readings.get(0).size() == 1
            && readings.get(0).get(0) instanceof FieldPath.Member member
            && plain.add(member.name(), takes);
    plain = added ? plain : null;
  }

  /**
   * Gives each field what it has in an event, as far as it is there.
   *
   * @param value the event's
   * @throws EventRejectedException if value or key is no JSON object, or the value's envelope has
   *     no event; and what sinks threw
   */
  void read(RawEvent event, byte[] value) throws EventRejectedException {
    for (Text one : texts) {
      String found = RecordText.of(event, one.path());
      if (found != null) {
        one.sink().text(found);
      }
    }
    byte[] keyBytes = event.key();
    if (key != null && keyBytes != null && keyBytes.length > 0) {
      inKey(keyBytes, key);
    }
    if (plain != null && attempts.isDue() && attempts.tell(plain.read(value))) {
      return;
    }
    envelope.begin();
    try (JsonParser in = text.open(event, value)) {
      paths.read(in, envelope.top());
      if (in.nextToken() != null) {
        throw new EventRejectedException(
            Reason.MALFORMED, "more than one JSON value in the record");
      }
    } catch (IOException e) {
      throw JsonTrouble.malformed(value, e);
    }
    envelope.requireEvent(() -> text.open(event, value));
  }

  private void inKey(byte[] bytes, Node from) throws EventRejectedException {
    try (JsonParser in = text.openKey(bytes)) {
      pathsOfKey.read(in, from);
    } catch (IOException e) {
      throw new EventRejectedException(
          Reason.MALFORMED, "the record's key: " + JsonTrouble.malformed(bytes, e).getMessage());
    }
  }

  /** What to say after "is missing", of a field of the event that was read last. */
  String instead(RawEvent event, FieldPath path, String key) {
    byte[] value = event.value();
    if (path.source() != FieldPath.Source.VALUE || value == null) {
      return "";
    }
    try (JsonParser in = text.open(event, value)) {
      return JsonTrouble.instead(path.name(), key, envelope.kind(), in);
    } catch (IOException | EventRejectedException e) {
      return "";
    }
  }
}
