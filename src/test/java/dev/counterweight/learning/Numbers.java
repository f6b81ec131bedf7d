package dev.counterweight.learning;

import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What the columns of rows are, where that takes no more than a number of them. */
public final class Numbers {
  private Numbers() {}

  /** Columns x0, x1 and so on. */
  public static FeatureSchema of(int count) {
    return FeatureSchema.ofNumbers(IntStream.range(0, count).mapToObj(i -> "x" + i).toList());
  }

  /** So many numbers, then a category of 50 rows. */
  public static FeatureSchema andCategory(int count) {
    List<Feature> features = new ArrayList<>(of(count).features());
    features.addAll(
        FeatureSchema.of(List.of("c"), List.of("category(buckets=50,width=8,seed=1)")).features());
    return new FeatureSchema(features);
  }
}
