package dev.counterweight.sampling;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.FeatureSchema;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What the evaluation rows of a record weigh in which each feature was missing. Where no feature
 * may be missing it has no values at all. Not thread-safe.
 */
final class MissingWeights {
  private final int[] mayBe;
  private final double[] sums;

  MissingWeights(FeatureSchema layout) {
    this.mayBe =
        IntStream.range(0, layout.features().size())
            .filter(f -> layout.features().get(f).mayBeMissing())
            .toArray();
    this.sums = new double[mayBe.length == 0 ? 0 : layout.features().size()];
  }

  /** Bytes that they take. */
  long bytes() {
    return (long) Float.BYTES * sums.length;
  }

  /** Adds a row whose features were read last. */
  void add(EventDecoder decoder, double weight) {
    for (int feature : mayBe) {
      if (decoder.missing(feature)) {
        sums[feature] += (float) weight;
      }
    }
  }

  /** In feature order. */
  float[] values() {
    float[] values = new float[sums.length];
    for (int f = 0; f < values.length; f++) {
      values[f] = (float) sums[f];
    }
    return values;
  }

  void clear() {
    Arrays.fill(sums, 0);
  }
}
