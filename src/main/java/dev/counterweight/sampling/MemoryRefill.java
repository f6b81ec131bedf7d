package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;

/**
 * Rebuilds a memory from the tail of the batch log. An event's first draw tells how new it is; an
 * event known from replays alone was first drawn before the tail, hence is older than every event
 * whose first draw is there. Not thread-safe.
 */
final class MemoryRefill {
  private final ClassMemory drawn;
  private final ClassMemory replayed;
  private final int classCount;
  private final int featureCount;

  MemoryRefill(int classCount, int featureCount, int capacity) {
    this.classCount = classCount;
    this.featureCount = featureCount;
    this.drawn = new ClassMemory(classCount, featureCount, capacity);
    this.replayed = new ClassMemory(classCount, featureCount, capacity);
  }

  /** Takes in the draws of the next record of the log; one of another schema is passed over. */
  void accept(MiniBatch batch) {
    MiniBatch.Draws draws = batch.draws();
    if (draws.features().length != draws.rows() * featureCount
        || batch.prior().length != classCount) {
      return;
    }
    for (int row = 0; row < draws.rows(); row++) {
      ClassMemory target = draws.fresh()[row] != 0 ? drawn : replayed;
      int label = (int) draws.labels()[row];
      int partition = draws.sourcePartition()[row];
      long offset = draws.sourceOffset()[row];
      if (!target.contains(label, partition, offset)) {
        target.add(label, partition, offset, draws.features(), row * featureCount);
      }
    }
  }

  /** Fills an empty memory, oldest event first. */
  void into(ClassMemory memory) {
    for (int label = 0; label < classCount; label++) {
      int room = memory.capacity() - drawn.size(label);
      boolean[] wanted = new boolean[replayed.size(label)];
      for (int age = wanted.length - 1; age >= 0 && room > 0; age--) {
        int slot = replayed.slot(label, age);
        wanted[age] =
            !drawn.contains(label, replayed.partition(label, slot), replayed.offset(label, slot));
        room -= wanted[age] ? 1 : 0;
      }
      for (int age = 0; age < wanted.length; age++) {
        if (wanted[age]) {
          copy(replayed, label, age, memory);
        }
      }
      for (int age = 0; age < drawn.size(label); age++) {
        copy(drawn, label, age, memory);
      }
    }
  }

  private void copy(ClassMemory from, int label, int age, ClassMemory to) {
    int slot = from.slot(label, age);
    to.add(
        label,
        from.partition(label, slot),
        from.offset(label, slot),
        from.features(label),
        slot * featureCount);
  }
}
