package dev.counterweight.event;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.counterweight.event.FieldPath.Element;
import dev.counterweight.event.FieldPath.Member;
import dev.counterweight.event.FieldPath.Step;
import dev.counterweight.event.PlacedEvent.Place;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an event that some paths lead to, those of its message found once by name and read
 * by number. Not thread-safe.
 */
final class ProtobufProjection implements PlacedEvent.Projection {
  private final Descriptor type;
  private final @Nullable FieldDescriptor envelope;
  private final @Nullable String wanted;
  private final ProtobufFields root = new ProtobufFields();
  private final List<Place> outside = new ArrayList<>();

  /**
   * A step through a message.
   *
   * @param key index or key of what is meant of the field, if it has several values
   * @param type of the message that it leads to; null if it leads to none
   */
  private record Hop(FieldDescriptor field, @Nullable String key, @Nullable Descriptor type) {}

  /**
   * @param envelope the field that every path begins in; null if they begin in the message itself
   */
  ProtobufProjection(Descriptor type, @Nullable String envelope) {
    this.type = type;
    this.envelope = envelope == null ? null : type.findFieldByName(envelope);
    this.wanted = envelope;
    if (this.envelope != null) {
      root.field(this.envelope).whole();
    }
  }

  @Override
  public boolean isEmpty() {
    return envelope != null && root.field(envelope).whole().none();
  }

  @Override
  public Place add(FieldPath path, int items) {
    if (path.source() != FieldPath.Source.VALUE) {
      Place place = new Place(path, new FieldValue(), null, true);
      outside.add(place);
      return place;
    }
    List<List<Hop>> ways =
        path.readings().stream().map(this::hops).filter(hops -> !hops.isEmpty()).toList();
    // As a map has any key, a reading that ends at an object is taken only if no other one goes on,
    // and in what is free of types the one of most steps.
    return ways.stream()
        .filter(hops -> !endsAtObject(hops))
        .reduce((first, next) -> endsAt("google.protobuf.Value", first) ? next : first)
        .or(() -> ways.stream().findFirst())
        .map(hops -> place(path, hops, items))
        .orElseGet(() -> new Place(path, new FieldValue(), null, false));
  }

  /**
   * Reads an event; what was found of another one is forgotten.
   *
   * @param in the message of the event's value
   * @throws IOException if it is no such message
   */
  void read(RawEvent event, CodedInputStream in) throws IOException, EventRejectedException {
    if (wanted != null && envelope == null) {
      throw new InvalidProtocolBufferException(
          "the schema has no field '" + wanted + "', as a Debezium change has");
    }
    root.begin();
    root.read(in, 0);
    for (Place place : outside) {
      RecordText.read(event, place.path(), place.value());
    }
  }

  @Override
  public String hint(Place place) {
    if (place.known()) {
      return "";
    }
    Descriptor in = envelope == null ? type : inside(envelope);
    List<String> names = in.getFields().stream().map(FieldDescriptor::getName).toList();
    return ": message '%s' has no such field%s"
        .formatted(
            in.getFullName(),
            Suggestion.closest(place.path().name(), names)
                .map(name -> "; did you mean '" + name + "'?")
                .orElse(""));
  }

  private Descriptor inside(FieldDescriptor field) {
    return field.getJavaType() == JavaType.MESSAGE ? field.getMessageType() : type;
  }

  /** The way that a path takes through the type; empty if it does not exist. */
  private List<Hop> hops(List<Step> path) {
    Deque<Step> rest = new ArrayDeque<>(path);
    if (wanted != null) {
      rest.addFirst(new Member(wanted));
    }
    List<Hop> hops = new ArrayList<>();
    Descriptor in = type;
    while (!rest.isEmpty()) {
      FieldDescriptor field = in == null ? null : next(in, rest);
      if (field == null) {
        return List.of();
      }
      FieldDescriptor value = field;
      String key = null;
      if (field.isRepeated() && !rest.isEmpty()) {
        Step step = rest.remove();
        boolean index = step instanceof Element;
        if (!field.isMapField() && !index) {
          return List.of();
        }
        key = step instanceof Element e ? Integer.toString(e.index()) : ((Member) step).name();
        value = field.isMapField() ? field.getMessageType().findFieldByNumber(2) : field;
      }
      in = value.getJavaType() == JavaType.MESSAGE ? value.getMessageType() : null;
      hops.add(new Hop(field, key, in));
    }
    return hops;
  }

  private static boolean endsAt(String type, List<Hop> hops) {
    Descriptor last = hops.get(hops.size() - 1).type();
    return last != null && last.getFullName().equals(type);
  }

  private static boolean endsAtObject(List<Hop> hops) {
    Descriptor last = hops.get(hops.size() - 1).type();
    return last != null && !ProtobufMessage.isValue(last);
  }

  /** The field that the next step, which is then removed, leads to. */
  private static @Nullable FieldDescriptor next(Descriptor in, Deque<Step> rest) {
    // Google's JSON-like types are passed through: a path names what JSON would have.
    return switch (in.getFullName()) {
      case "google.protobuf.Struct" -> in.findFieldByName("fields");
      case "google.protobuf.ListValue" -> in.findFieldByName("values");
      case "google.protobuf.Value" ->
          in.findFieldByName(rest.peek() instanceof Element ? "list_value" : "struct_value");
      default -> rest.remove() instanceof Member member ? in.findFieldByName(member.name()) : null;
    };
  }

  private Place place(FieldPath path, List<Hop> hops, int items) {
    ProtobufFields in = root;
    for (Hop hop : hops.subList(0, hops.size() - 1)) {
      in = ((ProtobufMessage) field(in, hop)).fields();
    }
    Hop last = hops.get(hops.size() - 1);
    ProtobufField field = field(in, last);
    FieldValues elements =
        field instanceof ProtobufField.Repeated array && items > 0 ? array.items(items) : null;
    return new Place(path, field.whole(), elements, true);
  }

  private static ProtobufField field(ProtobufFields in, Hop hop) {
    ProtobufField field = in.field(hop.field());
    if (hop.key() == null) {
      return field;
    }
    return field instanceof ProtobufField.Entries map
        ? map.value(hop.key())
        : ((ProtobufField.Repeated) field).element(Integer.parseInt(hop.key()));
  }
}
