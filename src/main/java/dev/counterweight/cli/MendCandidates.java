package dev.counterweight.cli;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FieldPath;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.Shown;
import dev.counterweight.kafka.Records;
import dev.counterweight.profile.FieldProfile;
import dev.counterweight.profile.FormatGuess;
import dev.counterweight.profile.TopicFormat;
import dev.counterweight.profile.TopicProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Settings that might make refused events readable, the likeliest first, and what else there is to
 * be said of them.
 *
 * @param profile of the sample's events, as far as they could be read
 * @param labelled whether any event of the sample is of one of the classes
 */
record MendCandidates(EventsConfig events, TopicProfile profile, boolean labelled) {
  private static final List<String> ENVELOPES = List.of("debezium", "connect", "none");
  private static final List<String> UNITS =
      Stream.of(EventTimeUnit.values()).map(EventTimeUnit::toString).toList();

  private static final int MAX_LABELS = 3;

  /** Settings to try on a group. */
  List<Map<String, String>> of(RejectionGroup group) {
    if (unfit(group).isPresent()) {
      return List.of();
    }
    return switch (group.reason()) {
      case MALFORMED, EMPTY -> formats(group);
      case MISSING_LABEL ->
          joined(
              envelopes(),
              renamed("events.label", named(events.schema().label())),
              // Where no event has one, that would pass over all of them.
              labelled || has(named(events.schema().label()))
                  ? List.of(Map.of("events.unlabelled", "skip"))
                  : List.of());
      case UNKNOWN_LABEL -> joined(synonyms(group), envelopes());
      case BAD_TIME -> times();
      case MISSING_FEATURE -> missing(group.feature());
      case BAD_FEATURE -> types(group.feature());
      case TOO_LARGE -> larger(group);
      case MISSING_KEY -> joined(envelopes(), renamed("events.key", named(events.schema().key())));
      case BAD_IMPORTANCE, UNKNOWN_SCHEMA, TOMBSTONE, UNLABELLED, UNSCORABLE -> List.of();
    };
  }

  /** What to say of a group that no settings mend. */
  Optional<String> advice(RejectionGroup group) {
    Optional<String> unfit = unfit(group);
    if (unfit.isPresent()) {
      return unfit;
    }
    List<String> labels = LabelSynonyms.labels(group.messages());
    return switch (group.reason()) {
      case UNKNOWN_LABEL ->
          labels.stream()
              .findFirst()
              .map(
                  label ->
                      "%s in events.classes behind a | of the class that it means, such as %s|%s, or as a class of its own at the end; or the producer"
                          .formatted(
                              Shown.names(labels.stream().limit(MAX_LABELS).toList()),
                              events.schema().classes().get(events.schema().classCount() - 1),
                              Shown.text(label)));
      case MISSING_FEATURE ->
          Optional.of(
              "feature.%s.path=FIELD where it stands elsewhere, leave it out of events.features,"
                      .formatted(group.feature())
                  + " or the producer");
      case MISSING_LABEL ->
          Optional.of(
              "events.label=FIELD where the class stands: no event of the sample has one at '%s'; or the producer"
                  .formatted(Shown.text(named(events.schema().label()))));
      case BAD_FEATURE ->
          numbersElse(group.feature())
              ? Optional.of(
                  "the producer: '%s' is a number in the other events"
                      .formatted(Shown.text(group.feature())))
              : Optional.empty();
      case UNKNOWN_SCHEMA ->
          Optional.of("events.schema.registry must be the one that the producer registers at");
      default -> Optional.empty();
    };
  }

  /** What to say of values of no format that is read as text, whatever else is wrong with them. */
  private Optional<String> unfit(RejectionGroup group) {
    boolean text = events.format() == EventFormat.JSON || events.format() == EventFormat.CSV;
    if (text && group.reason() != Reason.EMPTY) {
      TopicFormat guessed = guessed(group);
      if (guessed instanceof TopicFormat.Unknown unknown) {
        return Optional.of("the producer: " + unknown.why());
      }
      if (guessed instanceof TopicFormat.Framed) {
        return Optional.of(
            "set events.format=avro or protobuf, and events.schema.registry=URL: the values are"
                + " framed by a schema registry");
      }
    }
    return Optional.empty();
  }

  private TopicFormat guessed(RejectionGroup group) {
    List<RawEvent> events =
        group.kept().stream()
            .filter(record -> record.value() != null && record.value().length > 0)
            .map(Records::event)
            .toList();
    return events.isEmpty()
        ? new TopicFormat.Unknown("the values are empty")
        : FormatGuess.of(events);
  }

  private List<Map<String, String>> formats(RejectionGroup group) {
    TopicFormat guessed = guessed(group);
    String format =
        guessed instanceof TopicFormat.Json
            ? "json"
            : guessed instanceof TopicFormat.Csv
                ? "csv"
                : guessed instanceof TopicFormat.Float32 ? "float32" : "";
    boolean other =
        !format.isEmpty() && !format.equals(events.format().name().toLowerCase(Locale.ROOT));
    boolean framed = guessed instanceof TopicFormat.Json json && json.framed();
    return joined(
        framed ? List.of(Map.of("events.schema.frame", "confluent")) : List.of(),
        other ? List.of(Map.of("events.format", format)) : List.of(),
        envelopes());
  }

  private List<Map<String, String>> envelopes() {
    String own = events.schema().envelope().name().toLowerCase(Locale.ROOT);
    return ENVELOPES.stream()
        .filter(envelope -> !envelope.equals(own))
        .map(envelope -> Map.of("events.envelope", envelope))
        .toList();
  }

  /** Fields elsewhere whose last name is this one, and the header of that name. */
  private List<Map<String, String>> renamed(String key, String name) {
    return profile.fields().keySet().stream()
        .filter(path -> !path.equals(name) && lastName(path).equalsIgnoreCase(lastName(name)))
        .map(path -> Map.of(key, path))
        .toList();
  }

  /** A field that an event is refused for, so that there is one. */
  private static String named(@Nullable String field) {
    return Objects.requireNonNull(field, "refused for a field that is not looked for");
  }

  private static String lastName(String path) {
    String name = FieldPath.parse(path).name();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private List<Map<String, String>> missing(String feature) {
    if (feature.isEmpty()) {
      return envelopes();
    }
    String key = "feature." + feature;
    boolean anywhere = profile.fields().containsKey(path(feature));
    // A field that no event has is not one that is missing at times.
    return joined(
        anywhere ? List.of() : envelopes(),
        renamed(key + ".path", feature),
        anywhere ? List.of(Map.of(key + ".missing", "mean")) : List.of());
  }

  private String path(String feature) {
    return declared(feature).map(declared -> declared.path().text()).orElse(feature);
  }

  private Optional<Feature> declared(String feature) {
    return events.schema().features().features().stream()
        .filter(declared -> declared.name().equals(feature))
        .findFirst();
  }

  /** Whether any event of the sample has a value there. */
  private boolean has(String path) {
    FieldProfile field = profile.fields().get(FieldPath.parse(path).text());
    return field != null && field.present() > 0;
  }

  /** Whether a number is what most events have there, too, so that no other type would do. */
  private boolean numbersElse(String feature) {
    FieldProfile field = profile.fields().get(path(feature));
    return field != null
        && field.mostlyNumbers()
        && declared(feature).filter(f -> f.type() instanceof Feature.Number).isPresent();
  }

  private List<Map<String, String>> types(String feature) {
    if (feature.isEmpty() || numbersElse(feature)) {
      return List.of();
    }
    String key = "feature." + feature;
    List<Map<String, String>> settings = new ArrayList<>();
    settings.add(Map.of(key + ".type", "time"));
    UNITS.forEach(unit -> settings.add(Map.of(key + ".type", "time", key + ".unit", unit)));
    settings.add(Map.of(key + ".type", "category"));
    settings.add(Map.of(key + ".type", "categories"));
    return settings;
  }

  private static List<Map<String, String>> times() {
    List<Map<String, String>> settings = new ArrayList<>();
    UNITS.forEach(unit -> settings.add(Map.of("events.time.unit", unit)));
    settings.add(Map.of("events.min.time", "1970-01-01"));
    return settings;
  }

  private static List<Map<String, String>> larger(RejectionGroup group) {
    int most =
        group.kept().stream()
            .mapToInt(event -> Math.max(0, event.serializedValueSize()))
            .max()
            .orElse(0);
    return List.of(Map.of("events.max.bytes", ((most >> 20) + 1) + " MiB"));
  }

  private List<Map<String, String>> synonyms(RejectionGroup group) {
    return LabelSynonyms.classes(events.schema(), group.messages())
        .or(() -> labelled ? Optional.empty() : LabelSynonyms.instead(group.messages()))
        .map(classes -> List.of(Map.of("events.classes", classes)))
        .orElse(List.of());
  }

  @SafeVarargs
  private static List<Map<String, String>> joined(List<Map<String, String>>... parts) {
    return Stream.of(parts).flatMap(List::stream).toList();
  }
}
