package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Labels that are held back until the stream has come to their time, each a delay after its event
 * that is drawn by seed and row alone. Of more than {@value #MOST_HELD} the earliest goes sooner.
 * Not thread-safe.
 */
final class LaterLabels {
  private static final int MOST_HELD = 1_000_000;
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LabelsApart apart;
  private final String field;
  private final PriorityQueue<Held> held =
      new PriorityQueue<>(Comparator.comparingLong(Held::timeMs).thenComparingLong(Held::row));

  /**
   * @param row of the file, the key that it shares with its event
   */
  record Held(long row, long timeMs, String label) {}

  /**
   * @param field of a label that holds the class
   */
  LaterLabels(LabelsApart apart, String field) {
    this.apart = apart;
    this.field = field;
  }

  void hold(long row, long eventMs, String label) {
    held.add(new Held(row, eventMs + delayMs(row), label));
  }

  private long delayMs(long row) {
    return new SplittableRandom(apart.seed() + row * GOLDEN_GAMMA)
        .nextLong(apart.leastDelayMs(), apart.mostDelayMs() + 1);
  }

  /** The next label whose time has come, or that there is no room for; empty if none is. */
  Optional<Held> due(long nowMs) {
    Held first = held.peek();
    boolean due = first != null && (first.timeMs() <= nowMs || held.size() > MOST_HELD);
    return due ? Optional.ofNullable(held.poll()) : Optional.empty();
  }

  /** A label as the value of a record. */
  byte[] value(Held label) {
    return JSON.createObjectNode().put(field, label.label()).toString().getBytes(UTF_8);
  }
}
