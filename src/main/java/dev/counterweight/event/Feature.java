package dev.counterweight.event;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a model sees of an event under one name.
 *
 * @param path where the value stands
 * @param missing what a value means that is absent, null, NaN or empty
 */
public record Feature(String name, FieldPath path, Type type, Missing missing) {
  /** What a category's rows may be at most: float32 holds whole numbers up to it. */
  public static final int MAX_BUCKETS = 1 << 24;

  /** Type, arguments, and what stands behind {@code missing=}. */
  private static final Pattern KIND =
      Pattern.compile("([a-z]+)(?:\\((.*?),?(?:missing=(mean|'.*'))?\\))?", Pattern.DOTALL);

  /** What a value is; the configuration has the same names. */
  public sealed interface Type {
    /** The embedding of a category or of an array of them; null for any other type. */
    default @Nullable Table table() {
      return null;
    }
  }

  /** A number, true or false as 1 or 0, or a text that is wholly a number. */
  public record Number() implements Type {}

  /** A text, a number or true or false, as a row of an embedding. */
  public record Category(Table table) implements Type {}

  /**
   * An array of texts, numbers, or true and false: the mean of their rows.
   *
   * @param items how many of them are used, the first ones
   */
  public record Categories(Table table, int items) implements Type {}

  /**
   * A point in time, as hour of the day and day of the week in {@code zone}.
   *
   * @param unit what it is written in
   */
  public record Time(EventTimeUnit unit, ZoneId zone) implements Type {}

  /**
   * The rows of an embedding.
   *
   * @param buckets rows, 2 to {@link #MAX_BUCKETS}; row 0 is for what is missing
   * @param width values of a row
   * @param seed of the hash that gives a category its row
   */
  public record Table(int buckets, int width, long seed) {
    public Table {
      if (buckets < 2 || buckets > MAX_BUCKETS || width < 1) {
        throw new IllegalArgumentException(
            "a table of %d x %d: must have 2 to %d rows and at least one value in each"
                .formatted(buckets, width, MAX_BUCKETS));
      }
    }
  }

  /** What a missing value means. */
  public sealed interface Missing {}

  /** The event is rejected. */
  public record Reject() implements Missing {}

  /** The running mean of the feature; of a category, a row of its own. */
  public record Mean() implements Missing {}

  /** A value in its place, as it might stand in the event. */
  public record Literal(String text) implements Missing {}

  /** A number that must be there, under its own name. */
  public static Feature number(String name) {
    return new Feature(name, FieldPath.parse(name), new Number(), new Reject());
  }

  /** A table's width where none is asked for: wide enough for its rows, at most 16. */
  public static int defaultWidth(int buckets) {
    return (int) Math.min(16, Math.max(1, Math.round(1.6 * Math.pow(buckets, 0.56))));
  }

  /** The rule that a literal in place of what is missing breaks, in words; empty if it is right. */
  public Optional<String> literalProblem() {
    if (!(missing instanceof Literal literal)) {
      return Optional.empty();
    }
    String text = literal.text();
    if (type instanceof Number) {
      return Decimal.is(text) && EventRules.fits(Decimal.parse(text))
          ? Optional.empty()
          : Optional.of("a number that is finite as a 32-bit float");
    }
    if (type instanceof Time time) {
      try {
        new TimeRules(name, time.unit()).time(text);
        return Optional.empty();
      } catch (EventRejectedException e) {
        return Optional.of(
            "a time "
                + (time.unit() == EventTimeUnit.ISO ? "" : "in " + time.unit() + " or ")
                + "as ISO 8601 with offset");
      }
    }
    return text.isBlank() ? Optional.of("a text that is not blank") : Optional.empty();
  }

  /**
   * What the literal in place of a missing value comes to: a number; of a time milliseconds since
   * 1970; of a category the row of its embedding. Empty if the feature has another missing rule.
   */
  public OptionalDouble literalValue() {
    if (!(missing instanceof Literal literal)) {
      return OptionalDouble.empty();
    }
    String text = literal.text();
    Table table = type.table();
    if (table != null) {
      return OptionalDouble.of(new CategoryHash(table).row(text.strip()));
    }
    if (!(type instanceof Time time)) {
      return OptionalDouble.of(Decimal.parse(text));
    }
    try {
      return OptionalDouble.of(new TimeRules(name, time.unit()).time(text));
    } catch (EventRejectedException e) {
      throw new IllegalArgumentException(
          "feature '%s' has the literal '%s', which is no time".formatted(name, text), e);
    }
  }

  /** Whether an event may come without it. */
  public boolean mayBeMissing() {
    return !(missing instanceof Reject);
  }

  /** Whether its columns may be NaN, which is its mean then. */
  public boolean mayBeNaN() {
    return missing instanceof Mean && type.table() == null;
  }

  /**
   * Type and missing rule in one text, without the path: two features are the same to a model if
   * and only if their names and kinds are. A number that must be there is {@code number}.
   */
  public String kind() {
    StringJoiner parts = new StringJoiner(",", "(", ")").setEmptyValue("");
    Table table = type.table();
    if (table != null) {
      parts.add("buckets=" + table.buckets());
      parts.add("width=" + table.width());
      parts.add("seed=" + table.seed());
    }
    if (type instanceof Categories categories) {
      parts.add("items=" + categories.items());
    } else if (type instanceof Time time) {
      parts.add("zone=" + time.zone());
    }
    if (missing instanceof Mean) {
      parts.add("missing=mean");
    } else if (missing instanceof Literal literal) {
      parts.add("missing='" + literal.text() + "'");
    }
    return typeName() + parts;
  }

  /** The type as the configuration names it. */
  public String typeName() {
    return type.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** The rule as the configuration names it. */
  public String missingName() {
    if (missing instanceof Literal literal) {
      return literal.text();
    }
    return missing instanceof Mean ? "mean" : "dead-letter";
  }

  /**
   * The feature that has a name and a {@link #kind}, under its own name.
   *
   * @throws IllegalArgumentException if there is no such kind
   */
  public static Feature of(String name, String kind) {
    Matcher parts = KIND.matcher(kind);
    if (parts.matches()) {
      try {
        Type type = type(parts.group(1), Objects.requireNonNullElse(parts.group(2), ""));
        Feature feature = new Feature(name, FieldPath.parse(name), type, missing(parts.group(3)));
        if (feature.kind().equals(kind)) {
          return feature;
        }
      } catch (DateTimeException | NumberFormatException e) {
        throw unknown(kind);
      }
    }
    throw unknown(kind);
  }

  private static IllegalArgumentException unknown(String kind) {
    return new IllegalArgumentException(
        "a feature of the kind '" + Shown.text(kind) + "': written by a newer release?");
  }

  /**
   * @param arguments as {@link #kind} writes them
   */
  private static Type type(String name, String arguments) {
    Map<String, String> given = new HashMap<>();
    for (String argument : arguments.split(",", -1)) {
      int equals = argument.indexOf('=');
      given.put(argument.substring(0, Math.max(0, equals)), argument.substring(equals + 1));
    }
    return switch (name) {
      case "category" -> new Category(table(given));
      case "categories" -> new Categories(table(given), (int) whole(given, "items"));
      case "time" -> new Time(EventTimeUnit.MS, ZoneId.of(given.getOrDefault("zone", "")));
      default -> new Number(); // also of what is no type: that has another kind
    };
  }

  private static Table table(Map<String, String> given) {
    return new Table(
        (int) whole(given, "buckets"), (int) whole(given, "width"), whole(given, "seed"));
  }

  private static long whole(Map<String, String> given, String name) {
    return Long.parseLong(given.getOrDefault(name, ""));
  }

  private static Missing missing(@Nullable String rule) {
    if (rule == null) {
      return new Reject();
    }
    return rule.equals("mean") ? new Mean() : new Literal(rule.substring(1, rule.length() - 1));
  }
}
