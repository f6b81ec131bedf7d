package dev.counterweight.learning;

import dev.counterweight.event.FeatureSchema;
import java.util.stream.IntStream;

/** Rows of numbers alone. */
public final class Numbers {
  private Numbers() {}

  /** Columns x0, x1 and so on. */
  public static FeatureSchema of(int count) {
    return FeatureSchema.ofNumbers(IntStream.range(0, count).mapToObj(i -> "x" + i).toList());
  }
}
