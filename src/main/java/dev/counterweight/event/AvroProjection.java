package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.FieldPath.Element;
import dev.counterweight.event.FieldPath.Member;
import dev.counterweight.event.FieldPath.Step;
import dev.counterweight.event.PlacedEvent.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an event that some paths lead to, by the schema that it was written by. It is read
 * from front to back, without being made into objects: only what is looked for is kept.
 *
 * <p>All paths are added before the first event is read. Not thread-safe.
 */
final class AvroProjection implements PlacedEvent.Projection {
  private final Schema schema;
  private final List<Member> envelope;
  private final @Nullable FieldValue wrapped;
  private final AvroFields root = new AvroFields();
  private final List<Place> outside = new ArrayList<>();
  private final List<Choice> choices = new ArrayList<>();
  private @Nullable AvroNode node;
  private FieldValue[] values = {};
  private FieldValues[] items = {};

  /**
   * @param envelope the field that every path begins in; null if they begin in the value itself
   */
  AvroProjection(Schema schema, @Nullable String envelope) {
    this.schema = schema;
    this.envelope = envelope == null ? List.of() : List.of(new Member(envelope));
    this.wrapped = envelope == null ? null : fields(this.envelope).want();
  }

  @Override
  public Place add(FieldPath path, int items) {
    if (path.source() != FieldPath.Source.VALUE) {
      Place place = new Place(path, new FieldValue(), null, true);
      outside.add(place);
      return place;
    }
    List<List<Step>> ways =
        path.readings().stream().map(this::behind).filter(way -> leads(schema, way)).toList();
    if (ways.size() > 1) {
      // As a map has any key, several may lead to something: which does is seen in each event.
      return new Choice(path, ways.stream().map(way -> place(path, way, items)).toList())
          .addTo(choices);
    }
    return ways.isEmpty()
        ? new Place(path, new FieldValue(), null, false)
        : place(path, ways.get(0), items);
  }

  /**
   * A path that has several readings.
   *
   * @param ways the one to prefer first
   */
  private record Choice(Place chosen, List<Place> ways) {
    Choice(FieldPath path, List<Place> ways) {
      this(new Place(path, new FieldValue(), new FieldValues(), true), ways);
    }

    Place addTo(List<Choice> choices) {
      choices.add(this);
      return chosen;
    }

    void choose() {
      FieldValue value = chosen.value();
      FieldValues items = Objects.requireNonNull(chosen.items());
      value.clear();
      items.clear();
      for (Place way : ways) {
        if (!way.value().none()) {
          value.copy(way.value());
          if (way.items() != null) {
            items.copy(way.items());
          }
          return;
        }
      }
    }
  }

  @Override
  public boolean isEmpty() {
    return wrapped != null && wrapped.none();
  }

  @Override
  public String hint(Place place) {
    if (place.known()) {
      return "";
    }
    List<String> names = new ArrayList<>();
    String type = "type '" + schema.getType().getName() + "'";
    for (Schema in : at(schema, envelope)) {
      if (in.getType() == Schema.Type.RECORD) {
        type = "record '" + in.getFullName() + "'";
        in.getFields().forEach(field -> names.add(field.name()));
      }
    }
    return ": %s has no such field%s"
        .formatted(
            type,
            Suggestion.closest(place.path().name(), names)
                .map(name -> "; did you mean '" + name + "'?")
                .orElse(""));
  }

  /**
   * Reads an event; what was found of another one is forgotten.
   *
   * @throws EventRejectedException {@code MALFORMED} if the bytes are not one value of the schema
   */
  void read(RawEvent event, AvroInput in) throws EventRejectedException {
    if (node == null) {
      if (!leads(schema, envelope)) {
        throw new EventRejectedException(
            Reason.MALFORMED, "the schema has no field '%s'".formatted(envelope.get(0).name()));
      }
      node = new AvroCompiler().node(schema, root);
      List<FieldValue> found = new ArrayList<>();
      List<FieldValues> arrays = new ArrayList<>();
      root.collect(found, arrays);
      values = found.toArray(FieldValue[]::new);
      items = arrays.toArray(FieldValues[]::new);
    }
    for (FieldValue value : values) {
      value.clear();
    }
    for (FieldValues array : items) {
      array.clear();
    }
    node.read(in);
    if (in.remaining() > 0) {
      throw in.malformed(in.remaining() + " bytes more than the schema has");
    }
    choices.forEach(Choice::choose);
    for (Place place : outside) {
      RecordText.read(event, place.path(), place.value());
    }
  }

  private List<Step> behind(List<Step> path) {
    List<Step> whole = new ArrayList<>(envelope);
    whole.addAll(path);
    return whole;
  }

  /** Whether a schema has something at the end of a way. */
  private static boolean leads(Schema schema, List<? extends Step> way) {
    return at(schema, way).stream().anyMatch(in -> in.getType() != Schema.Type.NULL);
  }

  private static @Nullable Schema next(Schema in, Step step) {
    return switch (in.getType()) {
      case RECORD ->
          step instanceof Member member && in.getField(member.name()) != null
              ? in.getField(member.name()).schema()
              : null;
      case MAP -> step instanceof Member ? in.getValueType() : null;
      case ARRAY -> step instanceof Element ? in.getElementType() : null;
      default -> null;
    };
  }

  private static List<Schema> branches(Schema schema) {
    return schema.getType() == Schema.Type.UNION ? schema.getTypes() : List.of(schema);
  }

  /** What may stand at the end of a way. */
  private static List<Schema> at(Schema schema, List<? extends Step> way) {
    List<Schema> found = new ArrayList<>(branches(schema));
    for (Step step : way) {
      found =
          found.stream()
              .map(in -> next(in, step))
              .filter(Objects::nonNull)
              .flatMap(next -> branches(next).stream())
              .toList();
    }
    return found;
  }

  private AvroFields fields(List<? extends Step> way) {
    AvroFields at = root;
    for (Step step : way) {
      at = at.at(step);
    }
    return at;
  }

  private Place place(FieldPath path, List<Step> way, int most) {
    AvroFields at = fields(way);
    return new Place(path, at.want(), most > 0 ? itemsOf(at, way, most) : null, true);
  }

  /** Items, where the way may end at an array. */
  private @Nullable FieldValues itemsOf(AvroFields at, List<Step> way, int most) {
    List<Step> first = new ArrayList<>(way);
    first.add(new Element(0));
    return leads(schema, first) ? at.wantItems(most) : null;
  }
}
