package dev.counterweight.event;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * What a model sees of an event under one name.
 *
 * @param path where the value stands
 * @param missing what a value means that is absent, null, NaN or empty
 */
public record Feature(String name, FieldPath path, Type type, Missing missing) {
  /** What a category's rows may be at most: float32 holds whole numbers up to it. */
  public static final int MAX_BUCKETS = 1 << 24;

  /** What a value is. */
  public sealed interface Type {}

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

  /** Whether an event may come without it. */
  public boolean mayBeMissing() {
    return !(missing instanceof Reject);
  }

  /**
   * Type and missing rule in one text, without the path: two features are the same to a model if
   * and only if their names and kinds are. A number that must be there is {@code number}.
   */
  public String kind() {
    StringJoiner parts = new StringJoiner(",", "(", ")").setEmptyValue("");
    if (type instanceof Category category) {
      add(parts, category.table());
    } else if (type instanceof Categories categories) {
      add(parts, categories.table());
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
    if (type instanceof Category) {
      return "category";
    }
    if (type instanceof Categories) {
      return "categories";
    }
    return type instanceof Time ? "time" : "number";
  }

  /** The rule as the configuration names it. */
  public String missingName() {
    if (missing instanceof Literal literal) {
      return literal.text();
    }
    return missing instanceof Mean ? "mean" : "dead-letter";
  }

  private static void add(StringJoiner parts, Table table) {
    parts.add("buckets=" + table.buckets());
    parts.add("width=" + table.width());
    parts.add("seed=" + table.seed());
  }

  /**
   * The feature that has a name and a {@link #kind}, under its own name.
   *
   * @throws IllegalArgumentException if there is no such kind
   */
  public static Feature of(String name, String kind) {
    return new Kind(kind).feature(name);
  }

  /** A kind taken apart. */
  private static final class Kind {
    private final String text;
    private final String type;
    private final List<String> parts = new ArrayList<>();
    private Missing missing = new Reject();

    Kind(String text) {
      this.text = text;
      int open = text.indexOf('(');
      this.type = open < 0 ? text : text.substring(0, open);
      if (open < 0) {
        return;
      }
      String rest = text.substring(open + 1, Math.max(open + 1, text.length() - 1));
      int rule = rest.startsWith("missing=") ? 0 : rest.indexOf(",missing=") + 1;
      boolean ruled = rule > 0 || rest.startsWith("missing=");
      if (ruled) {
        String value = rest.substring(rule + "missing=".length());
        missing =
            value.equals("mean")
                ? new Mean()
                : new Literal(value.substring(1, Math.max(1, value.length() - 1)));
      }
      String before = ruled ? rest.substring(0, Math.max(0, rule - 1)) : rest;
      if (!before.isEmpty()) {
        parts.addAll(List.of(before.split(",", -1)));
      }
    }

    Feature feature(String name) {
      Feature feature;
      try {
        Type read =
            switch (type) {
              case "number" -> new Number();
              case "category" -> new Category(table());
              case "categories" -> new Categories(table(), (int) part("items="));
              case "time" -> new Time(EventTimeUnit.MS, ZoneId.of(parts.get(0).substring(5)));
              default -> throw unknown();
            };
        feature = new Feature(name, FieldPath.parse(name), read, missing);
      } catch (DateTimeException | IndexOutOfBoundsException | NumberFormatException e) {
        throw unknown();
      }
      if (!feature.kind().equals(text)) {
        throw unknown();
      }
      return feature;
    }

    private Table table() {
      return new Table((int) part("buckets="), (int) part("width="), part("seed="));
    }

    private long part(String prefix) {
      return parts.stream()
          .filter(part -> part.startsWith(prefix))
          .findFirst()
          .map(part -> Long.parseLong(part.substring(prefix.length())))
          .orElseThrow(this::unknown);
    }

    private IllegalArgumentException unknown() {
      return new IllegalArgumentException(
          "a feature of the kind '" + Shown.text(text) + "': written by a newer release?");
    }
  }
}
