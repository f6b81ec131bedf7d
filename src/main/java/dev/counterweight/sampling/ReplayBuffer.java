package dev.counterweight.sampling;

import dev.counterweight.event.EventHead;
import java.util.Arrays;

/**
 * The newest events of each class that were drawn, features included, for replays: a ring of at
 * most M events a class, whose storage grows as it fills.
 *
 * <p>Events are dealt for replay as cards are: each that is held once a round, in an order chosen
 * by the caller, before any comes again. Chosen anew each time, some would come five times where
 * others do not come at all, which adds noise to what a rare class teaches. Not thread-safe.
 */
public final class ReplayBuffer {
  private final Ring[] rings;
  private final int featureCount;
  private final int capacity;

  /**
   * @param capacity M, at least 1
   */
  public ReplayBuffer(int classCount, int featureCount, int capacity) {
    this.rings = new Ring[classCount];
    this.featureCount = featureCount;
    this.capacity = capacity;
    clear();
  }

  /** Forgets everything. */
  public void clear() {
    Arrays.setAll(rings, c -> new Ring());
  }

  /** Forgets one class. */
  public void clear(int label) {
    rings[label] = new Ring();
  }

  /** Events of a class held, 0 to M. */
  public int size(int label) {
    return rings[label].size;
  }

  /**
   * Holds an event that is not held yet, in place of the oldest of its class if that is full.
   *
   * @param features copied from index {@code at}
   * @param replaces the class that the event had before, {@link EventHead#NEW} if it is no
   *     correction
   */
  void add(int label, int partition, long offset, float[] features, int at, int replaces) {
    Ring ring = rings[label];
    int slot = ring.next;
    ring.grow(slot);
    if (slot == ring.size) {
      ring.deck[slot] = slot; // Behind those dealt: it has just been drawn, and waits a round.
    }
    ring.partitions[slot] = partition;
    ring.offsets[slot] = offset;
    ring.replaces[slot] = replaces;
    System.arraycopy(features, at, ring.features, slot * featureCount, featureCount);
    ring.size = Math.max(ring.size, slot + 1);
    ring.next = slot + 1 == capacity ? 0 : slot + 1;
  }

  /**
   * Events of a class that the present round has not dealt yet, at least 1; a new round begins when
   * there are none. The class must hold an event.
   */
  int undealt(int label) {
    Ring ring = rings[label];
    if (ring.undealt == 0) {
      ring.undealt = ring.size;
    }
    return ring.undealt;
  }

  /**
   * Deals one event of a class and says in which slot it stands.
   *
   * @param pick which of those not dealt yet, 0 to {@link #undealt} - 1
   */
  int deal(int label, int pick) {
    Ring ring = rings[label];
    int last = --ring.undealt;
    int slot = ring.deck[pick];
    ring.deck[pick] = ring.deck[last];
    ring.deck[last] = slot;
    return slot;
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

  /** The class that the event in a slot had before, -1 if it is no correction. */
  int replaces(int label, int slot) {
    return rings[label].replaces[slot];
  }

  /**
   * Forgets the oldest event of a class that stands before an offset of its partition and has these
   * features: the same event, come again with another class. Those that stay keep their order, and
   * their turns.
   *
   * @param features compared from index 0
   */
  void forget(int label, int partition, long before, float[] features) {
    Ring ring = rings[label];
    for (int age = 0; age < ring.size; age++) {
      int slot = slot(label, age);
      int at = slot * featureCount;
      if (ring.partitions[slot] == partition
          && ring.offsets[slot] < before
          && Arrays.equals(ring.features, at, at + featureCount, features, 0, featureCount)) {
        drop(label, age, slot);
        return;
      }
    }
  }

  /** Moves what is newer one place up, in a ring that begins anew with its oldest. */
  private void drop(int label, int age, int slot) {
    Ring before = rings[label];
    Ring after = new Ring();
    int[] moved = new int[before.size]; // where an event went, by its slot before
    for (int i = 0; i < before.size; i++) {
      int from = slot(label, i);
      moved[from] = i < age ? i : i - 1;
      if (i != age) {
        after.put(moved[from], before, from);
      }
    }
    for (int i = 0; i < before.size; i++) {
      int dealt = before.deck[i];
      if (dealt != slot) {
        after.deck[after.size++] = moved[dealt];
        after.undealt += i < before.undealt ? 1 : 0;
      }
    }
    after.next = after.size;
    rings[label] = after;
  }

  /** A class's features, row-major by slot: to be read at once, not kept, not written to. */
  float[] features(int label) {
    return rings[label].features;
  }

  private final class Ring {
    int size;
    int next;
    int undealt;
    float[] features = {};

    /** Slots in use: first those not dealt yet. */
    int[] deck = {};

    int[] partitions = {};
    long[] offsets = {};
    int[] replaces = {};

    /** Copies an event of another ring. */
    void put(int slot, Ring other, int from) {
      grow(slot);
      partitions[slot] = other.partitions[from];
      offsets[slot] = other.offsets[from];
      replaces[slot] = other.replaces[from];
      System.arraycopy(
          other.features, from * featureCount, features, slot * featureCount, featureCount);
    }

    void grow(int slot) {
      if (slot < offsets.length) {
        return;
      }
      int rows = Math.min(capacity, Math.max(4, 2 * offsets.length));
      features = Arrays.copyOf(features, Math.multiplyExact(rows, featureCount));
      deck = Arrays.copyOf(deck, rows);
      partitions = Arrays.copyOf(partitions, rows);
      offsets = Arrays.copyOf(offsets, rows);
      replaces = Arrays.copyOf(replaces, rows);
    }
  }
}
