package dev.counterweight.profile;

import dev.counterweight.event.EventTimeUnit;
import org.jspecify.annotations.Nullable;

/** What a field is good for. */
public sealed interface Finding {
  /** Where the field stands. */
  String path();

  /** What was seen of it, in words for people; what is a stranger's is made fit to be shown. */
  String evidence();

  /** How a model reads a field. */
  enum Type {
    NUMBER,
    CATEGORY,
    CATEGORIES,
    TIME
  }

  /**
   * A field that a model can learn from.
   *
   * @param buckets of a category or categories: rows of its embedding
   * @param items of categories: how many of an array are read
   * @param unit of a time
   * @param missing share of the events in which it is missing, 0 to 1
   * @param mayBeMissing whether it was, or may be by its schema
   */
  record Feature(
      String path,
      String evidence,
      Type type,
      int buckets,
      int items,
      @Nullable EventTimeUnit unit,
      double missing,
      boolean mayBeMissing)
      implements Finding {}

  /**
   * A field that is left out.
   *
   * @param doubtful whether it may be of use, but not as it stands, or only a person can tell how
   */
  record LeftOut(String path, String evidence, boolean doubtful) implements Finding {}
}
