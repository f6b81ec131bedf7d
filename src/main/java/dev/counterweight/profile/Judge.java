package dev.counterweight.profile;

import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.profile.Finding.Feature;
import dev.counterweight.profile.Finding.LeftOut;
import dev.counterweight.profile.Finding.Type;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides from a field's values what it is good for. */
final class Judge {
  /** Above it most values stand in one event alone: a model cannot learn what they mean. */
  private static final double IDENTITY_SHARE = 0.5;

  /** With fewer different values, numbers and words together are categories. */
  private static final int MOST_WORDS = 50;

  /** Values of another kind than the rest may be so many: they become dead letters. */
  private static final double STRAY_SHARE = 0.01;

  private static final int FREE_TEXT_LENGTH = 60;
  private static final int LEAST_BUCKETS = 16;

  /** Of 16 values each, 8 MiB a copy of the table: more is for a person to decide. */
  private static final int MOST_BUCKETS = 1 << 17;

  private static final int MOST_ITEMS = 64;

  private final long events;
  private final Set<String> optional;

  /**
   * @param events of the sample
   * @param optional paths of values that may be missing later, though none was
   */
  Judge(long events, Set<String> optional) {
    this.events = events;
    this.optional = optional;
  }

  /** What of a field a model can use; empty for one that only holds others. */
  Optional<Finding> of(String path, FieldProfile field) {
    if (field.present() == 0) {
      return left(path, "never has a value");
    }
    if (strays(field, field.objects())) {
      return Optional.empty();
    }
    if (strays(field, field.arrays())) {
      return array(path, field);
    }
    if (!strays(field, field.scalars())) {
      return doubtful(path, "is not of one shape: values, objects, arrays or bytes");
    }
    return scalar(path, field);
  }

  /** Whether all values of a field are of some kind, but for a few. */
  private static boolean strays(FieldProfile field, long ofKind) {
    return field.present() - ofKind <= STRAY_SHARE * field.present();
  }

  private Optional<Finding> scalar(String path, FieldProfile field) {
    long distinct = field.distinct().count();
    if (distinct == 1 && missing(field) == 0) {
      return left(path, "is the same in every event: " + Evidence.first(field));
    }
    if (field.emails()) {
      return left(path, "holds e-mail addresses");
    }
    Optional<EventTimeUnit> unit = timeUnit(path, field);
    if (unit.isPresent()) {
      return found(path, field, Type.TIME, Evidence.time(field, unit.get()), unit.get());
    }
    if (field.timesLackOffset()) {
      return doubtful(path, "holds times or dates without an offset from UTC: they cannot be told");
    }
    if (field.texts() == 0 && !namesThings(path, field)) {
      return number(path, field);
    }
    return category(path, field);
  }

  /** Whether whole numbers stand for things: keys, codes. */
  private static boolean namesThings(String path, FieldProfile field) {
    return field.flags() == 0
        && field.allWhole()
        && field.distinct().count() > 2
        && Words.code(path);
  }

  private Optional<Finding> number(String path, FieldProfile field) {
    long distinct = field.distinct().count();
    if (distinct > IDENTITY_SHARE * field.present() && field.allWhole() && field.counting()) {
      return left(path, "counts up from event to event: " + Evidence.distinct(field));
    }
    if (distinct == 1) {
      return found(path, field, Type.CATEGORY, Evidence.values(field), null);
    }
    if (field.infinite() > 0) {
      return doubtful(path, "holds numbers that a 32-bit float does not reach");
    }
    return found(path, field, Type.NUMBER, Evidence.range(field), null);
  }

  private Optional<Finding> category(String path, FieldProfile field) {
    if (field.texts() > 0
        && field.mostly(field.scalars() - field.texts())
        && field.distinct().count() > MOST_WORDS) {
      if (field.texts() <= STRAY_SHARE * field.scalars() && !Words.code(path)) {
        return number(path, field);
      }
      return doubtful(
          path,
          "is a number in most events and a word in %s%s: let the producer write null for it"
              .formatted(
                  Evidence.percent((double) field.texts() / field.scalars()),
                  Evidence.firstWord(field)));
    }
    if (field.distinct().count() > IDENTITY_SHARE * field.distinct().values()
        && field.distinct().count() > 2) {
      return left(
          path,
          field.uuids()
              ? "holds UUIDs, most in one event alone: " + Evidence.distinct(field)
              : "has a value of its own in most events: " + Evidence.distinct(field));
    }
    if (field.meanTextLength() > FREE_TEXT_LENGTH) {
      return left(path, "is free text");
    }
    return found(path, field, Type.CATEGORY, Evidence.values(field), null);
  }

  private Optional<Finding> array(String path, FieldProfile field) {
    FieldProfile elements = field.elements();
    if (elements == null || elements.objects() > 0) {
      return Optional.empty(); // its first object's fields are fields
    }
    if (elements.scalars() == 0 || elements.scalars() < elements.present()) {
      return doubtful(path, "is an array of what is no single value");
    }
    if (vector(field, elements)) {
      return Optional.empty(); // its places are fields
    }
    if (elements.texts() == 0 && !elements.allWhole()) {
      return doubtful(path, "is an array of numbers whose length varies");
    }
    Distinct distinct = elements.distinct();
    if (distinct.count() > IDENTITY_SHARE * distinct.values() && distinct.count() > 2) {
      return left(path, "is an array of values that are all different");
    }
    return found(path, field, Type.CATEGORIES, Evidence.items(field, elements), null);
  }

  /** Whether an array's places are features, each by itself. */
  static boolean vector(FieldProfile array, FieldProfile elements) {
    return array.oneLength()
        && array.longestArray() <= MOST_ITEMS
        && elements.numbers() == elements.present();
  }

  private static Optional<EventTimeUnit> timeUnit(String path, FieldProfile field) {
    return field
        .timeUnit()
        .filter(unit -> unit == EventTimeUnit.ISO || field.moments() > 0 || Words.time(path))
        .filter(unit -> field.distinct().count() > 1);
  }

  private Optional<Finding> found(
      String path, FieldProfile field, Type type, String evidence, @Nullable EventTimeUnit unit) {
    FieldProfile values =
        type == Type.CATEGORIES && field.elements() != null ? field.elements() : field;
    boolean hashed = type == Type.CATEGORY || type == Type.CATEGORIES;
    double missing = missing(field);
    boolean lenient = optional.contains(path);
    return Optional.of(
        new Feature(
            path,
            evidence + strayed(field, type) + missing(missing, lenient),
            type,
            hashed ? buckets(values.distinct()) : 0,
            type == Type.CATEGORIES ? Math.min(MOST_ITEMS, field.longestArray()) : 0,
            unit,
            missing,
            missing > 0 || lenient));
  }

  /** Rows enough that few values share one: a power of two, four times the values at least. */
  private static int buckets(Distinct distinct) {
    long wanted = Math.min(MOST_BUCKETS, Math.max(LEAST_BUCKETS, 4 * distinct.countWithUnseen()));
    return Math.toIntExact(Long.highestOneBit(wanted - 1) << 1);
  }

  /** What few values of another kind will come to. */
  private static String strayed(FieldProfile field, Type type) {
    long stray = field.present() - (type == Type.CATEGORIES ? field.arrays() : field.scalars());
    stray += type == Type.NUMBER ? field.texts() : 0;
    return stray == 0
        ? ""
        : "; of another kind in %s, which will be dead letters"
            .formatted(Evidence.percent((double) stray / field.present()));
  }

  private static String missing(double share, boolean lenient) {
    return share > 0
        ? "; missing in " + Evidence.percent(share)
        : lenient ? "; never missing here, but the schema lets it be" : "";
  }

  private double missing(FieldProfile field) {
    return (double) (events - field.present()) / events;
  }

  private static Optional<Finding> left(String path, String why) {
    return Optional.of(new LeftOut(path, why, false));
  }

  private static Optional<Finding> doubtful(String path, String why) {
    return Optional.of(new LeftOut(path, why, true));
  }
}
