package dev.counterweight.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A transaction: open, then decided, then complete once every log it wrote has its marker and the
 * group has its offsets. Not thread-safe.
 */
final class Transaction {
  enum State {
    OPEN,
    COMMITTED,
    ABORTED
  }

  final String id;
  final int epoch;
  final long beganMs;
  private State state = State.OPEN;
  private final Set<MemoryLog> unmarked = new LinkedHashSet<>();
  private final Map<MemoryGroup, Map<TopicPartition, OffsetAndMetadata>> offsets =
      new LinkedHashMap<>();
  private final List<Runnable> effects = new ArrayList<>();

  Transaction(String id, int epoch, long beganMs) {
    this.id = id;
    this.epoch = epoch;
    this.beganMs = beganMs;
  }

  State state() {
    return state;
  }

  boolean open() {
    return state == State.OPEN;
  }

  boolean committed() {
    return state == State.COMMITTED;
  }

  void writes(MemoryLog log) {
    unmarked.add(log);
  }

  void accounts(MemoryGroup group, Map<TopicPartition, OffsetAndMetadata> more) {
    offsets.computeIfAbsent(group, g -> new LinkedHashMap<>()).putAll(more);
  }

  /** Whether it is to commit an offset of any of these. */
  boolean accountsFor(MemoryGroup group, Set<TopicPartition> any) {
    return offsets.getOrDefault(group, Map.of()).keySet().stream().anyMatch(any::contains);
  }

  /** Has this done if, and as soon as, it is committed. */
  void then(Runnable effect) {
    effects.add(effect);
  }

  /** Its outcome stands; its markers are not written yet. */
  void decide(boolean commit) {
    state = commit ? State.COMMITTED : State.ABORTED;
    if (commit) {
      effects.forEach(Runnable::run);
    }
  }

  boolean complete() {
    return unmarked.isEmpty() && offsets.isEmpty();
  }

  /** How many markers are missing. */
  int missing() {
    return unmarked.size() + offsets.size();
  }

  /** Writes one of the markers that are missing. */
  void mark(int which) {
    if (which < unmarked.size()) {
      MemoryLog log = new ArrayList<>(unmarked).get(which);
      log.mark(this);
      unmarked.remove(log);
      return;
    }
    MemoryGroup group = new ArrayList<>(offsets.keySet()).get(which - unmarked.size());
    Map<TopicPartition, OffsetAndMetadata> these = offsets.remove(group);
    if (committed() && these != null) {
      group.commit(these);
    }
    group.settled(this);
  }

  void markAll() {
    while (!complete()) {
      mark(0);
    }
  }
}
