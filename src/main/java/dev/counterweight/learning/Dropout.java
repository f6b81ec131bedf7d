package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Which hidden units take part in a step (Srivastava et al., 2014): a unit is left out with the
 * probability configured, the others count for the more, 1 / (1 - p), as in PyTorch. Drawn from
 * (seed, step) alone, so that a resumed run draws alike.
 *
 * <p>Owns its buffers until closed, and reuses them: one user at a time.
 */
final class Dropout implements AutoCloseable {
  private final double share;
  private final long seed;
  private final int threshold;
  private final List<DirectFloats> buffers = new ArrayList<>();

  /**
   * @param share p, at least 0 and below 1; 0 leaves nothing out
   */
  Dropout(double share, long seed) {
    this.share = share;
    this.seed = seed;
    this.threshold = (int) (Integer.MIN_VALUE + (long) (share * 0x1p32));
  }

  /**
   * A factor for each unit of each row; empty if nothing is left out.
   *
   * @param widths of the hidden layers
   * @return rows x width, a hidden layer each; this object's, and good until the next call
   */
  List<NDArray> factors(List<Integer> widths, int rows, long step) {
    List<NDArray> factors = new ArrayList<>();
    if (share == 0) {
      return factors;
    }
    SplittableRandom random = new SplittableRandom(seed + step * TrainedModel.APART);
    for (int layer = 0; layer < widths.size(); layer++) {
      if (layer == buffers.size()) {
        buffers.add(new DirectFloats());
      }
      fill(buffers.get(layer).floats(rows, widths.get(layer)), random);
      factors.add(buffers.get(layer).array());
    }
    return factors;
  }

  @Override
  public void close() {
    buffers.forEach(DirectFloats::close);
  }

  private void fill(FloatBuffer factors, SplittableRandom random) {
    float kept = (float) (1 / (1 - share));
    for (int i = 0; i < factors.capacity(); i++) {
      factors.put(i, random.nextInt() < threshold ? 0 : kept);
    }
  }
}
