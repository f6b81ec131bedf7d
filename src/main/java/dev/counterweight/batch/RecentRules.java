package dev.counterweight.batch;

import dev.counterweight.protocol.InvariantException;
import dev.counterweight.tensor.MalformedTensorsException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the shares of recent labels must be. Immutable and thread-safe. */
final class RecentRules {
  private final int classes;
  private final int size; // of the shares before one event

  RecentRules(int classes) {
    this.classes = classes;
    this.size = RecentShares.FADES * classes;
  }

  /**
   * Demands of a record read that it tells shares, and that they are some.
   *
   * @throws MalformedTensorsException naming what breaks this
   */
  void require(MiniBatch batch) {
    if (!batch.recent().told() && !batch.origin().spans().isEmpty()) {
      throw new MalformedTensorsException(
          "this batch record tells no recent labels: its sampler ran without"
              + " events.recent.labels=true; restart the samplers with it, and train without it"
              + " until this record is passed");
    }
    String broken = broken(batch);
    if (broken != null) {
      throw new MalformedTensorsException("recent labels of a batch record: " + broken);
    }
  }

  /**
   * Demands the same of a record to be written.
   *
   * @throws InvariantException naming what breaks this
   */
  void requirePromises(MiniBatch batch) {
    String broken = broken(batch);
    if (broken != null) {
      throw new InvariantException(
          "a record tells the shares of recent labels before each evaluation row and after each"
              + " partition's span",
          "shares from 0 to 1 that add up to 1",
          broken);
    }
  }

  private @Nullable String broken(MiniBatch batch) {
    RecentShares recent = batch.recent();
    Set<Integer> covered = batch.origin().spans().keySet();
    if (!recent.after().keySet().equals(covered)) {
      return "after partitions %s: must be of %s".formatted(recent.after().keySet(), covered);
    }
    String broken = broken("before rows", recent.before(), batch.evaluation().rows());
    for (Map.Entry<Integer, float[]> after : recent.after().entrySet()) {
      if (broken == null) {
        broken = broken("after partition " + after.getKey(), after.getValue(), 1);
      }
    }
    return broken;
  }

  private @Nullable String broken(String where, float[] shares, int times) {
    if (shares.length != times * size) {
      return "%s %d values: must be %d".formatted(where, shares.length, times * size);
    }
    String broken = RecentShares.broken(shares, classes);
    return broken == null ? null : where + " " + broken;
  }
}
