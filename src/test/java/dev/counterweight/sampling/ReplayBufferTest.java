package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventHead;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ReplayBufferTest {

  @Property(tries = 200)
  void holdsTheNewestOfEachClassWithItsFeatures(
      @ForAll @IntRange(min = 1, max = 40) int capacity,
      @ForAll @IntRange(min = 0, max = 200) int events,
      @ForAll long seed) {
    ReplayBuffer memory = new ReplayBuffer(2, 3, capacity);
    List<List<Long>> added = List.of(new ArrayList<>(), new ArrayList<>());
    Random random = new Random(seed);
    for (long offset = 0; offset < events; offset++) {
      int label = random.nextInt(2);
      memory.add(
          label, 4, offset, new float[] {-1, offset, offset + 1, offset + 2}, 1, EventHead.NEW);
      added.get(label).add(offset);
    }
    for (int label = 0; label < 2; label++) {
      List<Long> all = added.get(label);
      List<Long> newest = all.subList(Math.max(0, all.size() - capacity), all.size());
      assertThat(offsets(memory, label)).isEqualTo(newest);
      for (int age = 0; age < memory.size(label); age++) {
        int slot = memory.slot(label, age);
        assertThat(memory.partition(label, slot)).isEqualTo(4);
        assertThat(memory.features(label)[slot * 3 + 2]).isEqualTo(memory.offset(label, slot) + 2f);
      }
    }
  }

  @Property(tries = 200)
  void dealsEveryEventHeldOnceARoundWhateverIsPicked(
      @ForAll @IntRange(min = 1, max = 12) int capacity,
      @ForAll @IntRange(min = 1, max = 30) int events,
      @ForAll long seed) {
    ReplayBuffer memory = new ReplayBuffer(1, 1, capacity);
    Random random = new Random(seed);
    for (int offset = 0; offset < events; offset++) {
      memory.add(0, 0, offset, new float[1], 0, EventHead.NEW);
      if (random.nextBoolean()) {
        memory.deal(0, random.nextInt(memory.undealt(0)));
      }
    }
    while (memory.undealt(0) < memory.size(0)) {
      memory.deal(0, random.nextInt(memory.undealt(0)));
    }
    List<Integer> slots = IntStream.range(0, memory.size(0)).boxed().toList();
    List<Integer> before = List.of();
    for (int round = 0; round < 3; round++) {
      List<Integer> dealt = new ArrayList<>();
      for (int i = 0; i < slots.size(); i++) {
        dealt.add(memory.deal(0, random.nextInt(memory.undealt(0))));
      }
      assertThat(dealt).containsExactlyInAnyOrderElementsOf(slots);
      if (slots.size() > 9) {
        assertThat(dealt).isNotEqualTo(before);
      }
      before = dealt;
    }
  }

  @Test
  void anEventThatHasJustComeWaitsForTheNextRound() {
    ReplayBuffer memory = new ReplayBuffer(1, 1, 8);
    memory.add(0, 0, 10, new float[1], 0, EventHead.NEW);
    memory.add(0, 0, 11, new float[1], 0, EventHead.NEW);
    int first = memory.deal(0, memory.undealt(0) - 1);
    memory.add(0, 0, 12, new float[1], 0, EventHead.NEW);
    assertThat(memory.undealt(0)).isEqualTo(1);
    assertThat(memory.deal(0, 0)).isEqualTo(1 - first);
    assertThat(memory.undealt(0)).isEqualTo(3);
  }

  /** Events that are known again by their features, offset % 7. */
  @Property(tries = 300)
  void whatIsForgottenIsDealtNoMoreAndTheOthersKeepOrderAndTurns(
      @ForAll @IntRange(min = 1, max = 12) int capacity,
      @ForAll @IntRange(min = 1, max = 60) int steps,
      @ForAll long seed) {
    ReplayBuffer memory = new ReplayBuffer(1, 2, capacity);
    Random random = new Random(seed);
    List<Long> held = new ArrayList<>();
    Set<Long> undealt = new HashSet<>();
    for (long offset = 0; offset < steps; offset++) {
      int step = random.nextInt(3);
      if (step == 0 && !held.isEmpty()) {
        if (undealt.isEmpty()) {
          undealt.addAll(held);
        }
        assertThat(memory.undealt(0)).isEqualTo(undealt.size());
        int slot = memory.deal(0, random.nextInt(memory.undealt(0)));
        assertThat(undealt.remove(memory.offset(0, slot))).isTrue();
      } else if (step == 1) {
        float feature = random.nextInt(7);
        long before = random.nextInt((int) offset + 1);
        memory.forget(0, 4, before, new float[] {feature, 1});
        Optional<Long> first =
            held.stream().filter(o -> o % 7 == feature && o < before).findFirst();
        first.ifPresent(held::remove);
        first.ifPresent(undealt::remove);
      } else {
        if (held.size() == capacity) {
          Long oldest = held.remove(0);
          // Its place in the round is the new one's.
          if (undealt.remove(oldest)) {
            undealt.add(offset);
          }
        }
        memory.add(0, 4, offset, new float[] {offset % 7, 1}, 0, (int) offset);
        held.add(offset);
      }
      assertThat(offsets(memory, 0)).isEqualTo(held);
      for (int age = 0; age < memory.size(0); age++) {
        int slot = memory.slot(0, age);
        assertThat(memory.features(0)[slot * 2]).isEqualTo(memory.offset(0, slot) % 7);
        assertThat(memory.replaces(0, slot)).isEqualTo((int) memory.offset(0, slot));
      }
    }
  }

  @Test
  void anEventOfAnotherPartitionOrOtherFeaturesIsNotForgotten() {
    ReplayBuffer memory = new ReplayBuffer(2, 2, 8);
    memory.add(0, 3, 10, new float[] {1, Float.NaN}, 0, EventHead.NEW);

    memory.forget(0, 2, 11, new float[] {1, Float.NaN});
    memory.forget(0, 3, 11, new float[] {1, 2});
    memory.forget(0, 3, 10, new float[] {1, Float.NaN});
    memory.forget(1, 3, 11, new float[] {1, Float.NaN});
    assertThat(memory.size(0)).isEqualTo(1);

    memory.forget(0, 3, 11, new float[] {1, Float.NaN});
    assertThat(memory.size(0)).isZero();
  }

  private static List<Long> offsets(ReplayBuffer memory, int label) {
    List<Long> offsets = new ArrayList<>();
    for (int age = 0; age < memory.size(label); age++) {
      offsets.add(memory.offset(label, memory.slot(label, age)));
    }
    return offsets;
  }
}
