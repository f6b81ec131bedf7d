package dev.counterweight.config;

import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FieldPath;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/**
 * The keys that declare a feature. Their names have the feature's in them, so that they stand
 * beside those of the definition: what is given is held by {@link FeatureDeclarations}.
 */
final class FeatureKeys {
  static final KeyGroup KEYS = new KeyGroup("Features");

  static final String PREFIX = "feature.";

  static final String NUMBER = "number";
  static final String CATEGORY = "category";
  static final String CATEGORIES = "categories";
  static final String TIME = "time";
  static final String DEAD_LETTER = "dead-letter";
  static final String MEAN = "mean";

  private static final int MAX_WIDTH = 1024;

  private static final int DEFAULT_BUCKETS = 1024;
  private static final int DEFAULT_ITEMS = 8;
  private static final int MAX_ITEMS = 64;

  static final Key<FieldPath> PATH =
      KEYS.optional("feature.NAME.path", Form.path())
          .means(
              "Where the feature's value stands: a field, a path into nested ones (card.country,"
                  + " items[0].price), key: and a path for the record's key, header:NAME for a"
                  + " header. A field whose own name has the dots is found first. Default: NAME."
                  + " NAME may end in * in each of these keys, for all features that begin so: the"
                  + " longest such wins, the whole name before any.");
  static final Key<String> TYPE =
      KEYS.key("feature.NAME.type", NUMBER, Form.oneOf(List.of(NUMBER, CATEGORY, CATEGORIES, TIME)))
          .means(
              "number: a number, true or false as 1 or 0, or a text that is wholly a number."
                  + " category: a text, a number, true or false, which picks a row of an embedding."
                  + " categories: an array of those, as the mean of their rows. time: a point in"
                  + " time, as sine and cosine of hour of the day and day of the week in"
                  + " events.zone.");
  static final Key<String> MISSING =
      KEYS.optional("feature.NAME.missing", Form.text())
          .means(
              "What an absent value, null, NaN or a blank text means. dead-letter: the event is"
                  + " rejected. mean: the feature's running mean, and a column beside it that says"
                  + " it was missing; of a category, a row of its own. Anything else: a value of"
                  + " the feature's type in its place. Default: events.missing.");
  static final Key<Integer> BUCKETS =
      KEYS.key("feature.NAME.buckets", DEFAULT_BUCKETS, Form.whole(2, Feature.MAX_BUCKETS))
          .means(
              "Rows of a category's embedding; which one a category has is decided by a hash with"
                  + " the job's seed, so that an unseen one has one too. Row 0 is for what is"
                  + " missing. The trainer holds every row, with its moments: buckets x width of"
                  + " all features, with model=linear buckets x classes, are at most 67108864.");
  static final Key<Integer> WIDTH =
      KEYS.optional("feature.NAME.width", Form.whole(1, MAX_WIDTH))
          .means("Values of a row of the embedding. Default: 1.6 buckets^0.56, at most 16.");
  static final Key<Integer> ITEMS =
      KEYS.key("feature.NAME.items", DEFAULT_ITEMS, Form.whole(1, MAX_ITEMS))
          .means("Of categories: how many items of an array are used at most, the first ones.");
  static final Key<EventTimeUnit> UNIT =
      KEYS.optional("feature.NAME.unit", Form.oneOf(EventTimeUnit.class))
          .means(
              "Of time: what it is written in; ISO 8601 with offset is read in every unit."
                  + " Default: events.time.unit.");

  private FeatureKeys() {}

  /** What features take that do not say otherwise. */
  record Defaults(long seed, String missing, ZoneId zone, EventTimeUnit unit) {}

  /** A feature as it is declared. */
  static Feature read(String name, FeatureDeclarations given, Defaults defaults) {
    String missing = given.find(MISSING, name).orElse(defaults.missing());
    return new Feature(
        name,
        given.find(PATH, name).orElseGet(() -> FieldPath.parse(name)),
        type(name, given, defaults),
        switch (missing) {
          case DEAD_LETTER -> new Feature.Reject();
          case MEAN -> new Feature.Mean();
          default -> new Feature.Literal(missing);
        });
  }

  private static Feature.Type type(String name, FeatureDeclarations given, Defaults defaults) {
    return switch (given.find(TYPE, name).orElse(NUMBER)) {
      case CATEGORY -> new Feature.Category(table(name, given, defaults.seed()));
      case CATEGORIES ->
          new Feature.Categories(
              table(name, given, defaults.seed()), given.find(ITEMS, name).orElse(DEFAULT_ITEMS));
      case TIME ->
          new Feature.Time(given.find(UNIT, name).orElse(defaults.unit()), defaults.zone());
      default -> new Feature.Number();
    };
  }

  private static Feature.Table table(String name, FeatureDeclarations given, long seed) {
    int buckets = given.find(BUCKETS, name).orElse(DEFAULT_BUCKETS);
    Optional<Integer> width = given.find(WIDTH, name);
    return new Feature.Table(buckets, width.orElseGet(() -> Feature.defaultWidth(buckets)), seed);
  }

  /** The types of feature that a key is for; empty if it is for all. */
  static List<String> types(Key<?> key) {
    if (key == BUCKETS || key == WIDTH) {
      return List.of(CATEGORY, CATEGORIES);
    }
    if (key == ITEMS) {
      return List.of(CATEGORIES);
    }
    return key == UNIT ? List.of(TIME) : List.of();
  }
}
