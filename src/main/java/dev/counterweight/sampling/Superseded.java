package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.EventHead;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which draws in a tail of the batch log are of events that came again with another class, as far
 * as that draws tell: read newest first, a correction is met before what it corrects. An event is
 * known again by its features, its partition and that it came before. Not thread-safe.
 */
final class Superseded {

  /** Which draw, of a class. */
  private record Draw(int label, int partition, long offset) {}

  /** A correction whose event was not met yet; of the class before. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Correction(int label, float[] features) {}

  private final int featureCount;
  private final int most;
  private final Map<Draw, Correction> open = new HashMap<>();
  private final Set<Draw> corrections = new HashSet<>();
  private final Set<Draw> superseded = new HashSet<>();

  /**
   * @param most corrections that are looked at: the newest
   */
  Superseded(int featureCount, int most) {
    this.featureCount = featureCount;
    this.most = most;
  }

  /** Takes in the corrections among the draws of the record before those taken in. */
  void accept(MiniBatch.Draws draws) {
    int[] replaces = draws.replaces();
    for (int row = 0; replaces != null && row < replaces.length; row++) {
      Draw draw = draw(draws, row);
      boolean correction = replaces[row] != EventHead.NEW;
      if (correction && corrections.size() < most && corrections.add(draw)) {
        int at = row * featureCount;
        float[] features = Arrays.copyOfRange(draws.features(), at, at + featureCount);
        open.put(draw, new Correction(replaces[row], features));
      }
    }
  }

  /** Whether a draw, of a record taken in, is of an event that has come again. */
  boolean holds(MiniBatch.Draws draws, int row) {
    if (corrections.isEmpty()) {
      return false;
    }
    Draw draw = draw(draws, row);
    if (superseded.contains(draw)) {
      return true;
    }
    Draw next = null; // of the corrections that fit the first: it may have been corrected again
    for (Map.Entry<Draw, Correction> correction : open.entrySet()) {
      Draw by = correction.getKey();
      boolean sooner = next == null || by.offset() < next.offset();
      if (sooner && fits(draw, by, correction.getValue(), draws.features(), row)) {
        next = by;
      }
    }
    if (next == null) {
      return false;
    }
    open.remove(next);
    return superseded.add(draw);
  }

  private boolean fits(Draw draw, Draw by, Correction correction, float[] features, int row) {
    int at = row * featureCount;
    return correction.label() == draw.label()
        && by.partition() == draw.partition()
        && by.offset() > draw.offset()
        && Arrays.equals(correction.features(), 0, featureCount, features, at, at + featureCount);
  }

  private static Draw draw(MiniBatch.Draws draws, int row) {
    return new Draw(
        (int) draws.labels()[row], draws.sourcePartition()[row], draws.sourceOffset()[row]);
  }
}
