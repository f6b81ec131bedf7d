package dev.counterweight.sampling;

import java.util.Arrays;

/**
 * The newest events of each class that were drawn, features included, for replays: a ring of at
 * most M events a class, whose storage grows as it fills. Not thread-safe.
 */
final class ClassMemory {
  private final Ring[] rings;
  private final int featureCount;
  private final int capacity;

  /**
   * @param capacity M, at least 1
   */
  ClassMemory(int classCount, int featureCount, int capacity) {
    this.rings = new Ring[classCount];
    this.featureCount = featureCount;
    this.capacity = capacity;
    clear();
  }

  /** Forgets everything. */
  void clear() {
    Arrays.setAll(rings, c -> new Ring());
  }

  /** Events of a class held, 0 to M. */
  int size(int label) {
    return rings[label].size;
  }

  /** Events held, over all classes. */
  int size() {
    int size = 0;
    for (Ring ring : rings) {
      size += ring.size;
    }
    return size;
  }

  /** M. */
  int capacity() {
    return capacity;
  }

  /** Whether an event is held; looks at every one of the class. */
  boolean contains(int label, int partition, long offset) {
    Ring ring = rings[label];
    for (int i = 0; i < ring.size; i++) {
      if (ring.offsets[i] == offset && ring.partitions[i] == partition) {
        return true;
      }
    }
    return false;
  }

  /**
   * Holds an event that is not held yet, in place of the oldest of its class if that is full.
   *
   * @param features copied from index {@code at}
   */
  void add(int label, int partition, long offset, float[] features, int at) {
    Ring ring = rings[label];
    int slot = ring.next;
    ring.grow(slot);
    ring.partitions[slot] = partition;
    ring.offsets[slot] = offset;
    System.arraycopy(features, at, ring.features, slot * featureCount, featureCount);
    ring.size = Math.max(ring.size, slot + 1);
    ring.next = slot + 1 == capacity ? 0 : slot + 1;
  }

  /** Where in the storage the event of a given age stands: 0 is the oldest, size - 1 the newest. */
  int slot(int label, int age) {
    Ring ring = rings[label];
    return ring.size < capacity ? age : (ring.next + age) % capacity;
  }

  /** The partition of the event in a slot. */
  int partition(int label, int slot) {
    return rings[label].partitions[slot];
  }

  /** The offset of the event in a slot. */
  long offset(int label, int slot) {
    return rings[label].offsets[slot];
  }

  /** A class's features, row-major by slot: to be read at once, not kept, not written to. */
  float[] features(int label) {
    return rings[label].features;
  }

  private final class Ring {
    int size;
    int next;
    float[] features = {};
    int[] partitions = {};
    long[] offsets = {};

    void grow(int slot) {
      if (slot < offsets.length) {
        return;
      }
      int rows = Math.min(capacity, Math.max(4, 2 * offsets.length));
      features = Arrays.copyOf(features, Math.multiplyExact(rows, featureCount));
      partitions = Arrays.copyOf(partitions, rows);
      offsets = Arrays.copyOf(offsets, rows);
    }
  }
}
