package dev.counterweight.joiner;

import dev.counterweight.joining.Fact;
import dev.counterweight.streams.OwnReading;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What this process joins, whatever others join of the same job: how often each fact was, and what
 * was read for it. What was aborted with a transaction is taken back when its task comes back.
 * Thread-safe.
 */
final class OwnJoins {
  private final Map<Integer, Span> spans = new HashMap<>();
  private final OwnReading reading = new OwnReading();
  private final Map<Fact, Long> ended = new EnumMap<>(Fact.class);
  private final Map<Integer, Long> waiting = new HashMap<>();
  private final Map<Integer, Long> closed = new HashMap<>();
  private long waitingSeen;

  /** What a task's facts were when it came, and what they are. */
  private record Span(Map<Fact, Long> before, Map<Fact, Long> now) {
    long of(Fact fact, long most) {
      return Math.max(
          0, Math.min(now.getOrDefault(fact, 0L), most) - before.getOrDefault(fact, 0L));
    }
  }

  /** What was read of both sides. */
  OwnReading reading() {
    return reading;
  }

  /** A task has come, or come back, with these facts since the job began, as its store says. */
  synchronized void begin(int task, Map<Fact, Long> facts) {
    waiting.put(task, 0L);
    Span last = spans.put(task, new Span(facts, facts));
    if (last != null) {
      facts.forEach((fact, now) -> ended.merge(fact, last.of(fact, now), Long::sum));
    }
  }

  /** What a task's facts are now, and how many of its events wait. */
  synchronized void now(int task, Map<Fact, Long> facts, long waitingNow) {
    spans.computeIfPresent(task, (t, span) -> new Span(span.before, facts));
    waiting.put(task, waitingNow);
  }

  /** A task has gone; its events wait with another, or with none where the topology ends. */
  synchronized void gone(int task) {
    Long waited = waiting.remove(task);
    if (waited != null) {
      closed.put(task, waited);
    }
  }

  /** How often a fact was. */
  synchronized long of(Fact fact) {
    long now = spans.values().stream().mapToLong(span -> span.of(fact, Long.MAX_VALUE)).sum();
    return ended.getOrDefault(fact, 0L) + now;
  }

  /** Events that were written with a class, corrections apart. */
  long joined() {
    return of(Fact.MATCHED) + of(Fact.EXPIRED);
  }

  /** The tasks that are here. */
  synchronized Set<Integer> tasks() {
    return Set.copyOf(waiting.keySet());
  }

  /** Takes note of what waits with the tasks that are here: none is any more when they close. */
  synchronized void look() {
    closed.clear();
    waitingSeen = waiting.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The topology has ended: what waited with the tasks that closed with it waits on. */
  synchronized void end() {
    waitingSeen = closed.values().stream().mapToLong(Long::longValue).sum();
    closed.clear();
  }

  /** Events that waited at the last look, or at the end. */
  synchronized long waiting() {
    return waitingSeen;
  }
}
