package dev.counterweight.scorer;

import dev.counterweight.kafka.Ticker;
import dev.counterweight.serving.ServedModel;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Models that answer no longer. One with native memory may still be at a row of a thread that asked
 * before the swap, so it is closed a while later; the others need no closing. Bounded: while it is
 * full no other model is loaded. Owned by the follower's thread.
 */
final class RetiredModels {
  /** Longer than a request may take. */
  static final long GRACE_MS = 30_000;

  private static final int MOST = 2;

  private final Ticker ticker;
  private final Deque<Retired> waiting = new ArrayDeque<>();

  private record Retired(ServedModel model, long sinceMs) {}

  RetiredModels(Ticker ticker) {
    this.ticker = ticker;
  }

  void add(ServedModel model) {
    if (model.isNative()) {
      waiting.add(new Retired(model, ticker.millis()));
    } else {
      model.close();
    }
  }

  boolean hasRoom() {
    return waiting.size() < MOST;
  }

  void closeDue() {
    while (!waiting.isEmpty() && ticker.millis() - waiting.element().sinceMs() >= GRACE_MS) {
      waiting.remove().model().close();
    }
  }

  void close() {
    waiting.forEach(retired -> retired.model().close());
    waiting.clear();
  }
}
