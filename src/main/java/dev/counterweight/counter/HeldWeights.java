package dev.counterweight.counter;

import dev.counterweight.weights.SteadyWeights;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The weights to publish, kept in a store so that small changes hold them still over a move too; by
 * what they are worked out with, since another formula is no small change. Not thread-safe.
 */
final class HeldWeights {
  private final KeyValueStore<String, byte[]> store;
  private final double minChange;
  private final String workedOutWith;
  private final SteadyWeights steady;

  /**
   * @param minChange as {@link SteadyWeights} takes it
   * @param workedOutWith the formula and its parameters, in words
   */
  HeldWeights(KeyValueStore<String, byte[]> store, double minChange, String workedOutWith) {
    this.store = store;
    this.minChange = minChange;
    this.workedOutWith = workedOutWith;
    this.steady = new SteadyWeights(minChange);
    byte[] before = store.get(workedOutWith);
    if (before != null) {
      double[] weights = new double[before.length / Double.BYTES];
      ByteBuffer.wrap(before).asDoubleBuffer().get(weights);
      steady.resume(weights);
    }
    forgetOthers();
  }

  /** Weights held under another formula would be old ones if it came back. */
  private void forgetOthers() {
    List<String> others = new ArrayList<>();
    try (KeyValueIterator<String, byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<String, byte[]> held = all.next();
        if (!held.key.equals(workedOutWith)) {
          others.add(held.key);
        }
      }
    }
    others.forEach(store::delete);
  }

  /** The weights to publish: these, or those published before. */
  double[] next(double[] weights) {
    if (minChange == 0) {
      return weights;
    }
    double[] next = steady.next(weights);
    ByteBuffer bytes = ByteBuffer.allocate(next.length * Double.BYTES);
    bytes.asDoubleBuffer().put(next);
    store.put(workedOutWith, bytes.array());
    return next;
  }
}
