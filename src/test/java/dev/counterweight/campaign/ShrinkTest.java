package dev.counterweight.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ShrinkTest {
  @Property
  void whatIsLeftIsWhatItFailsBy(
      @ForAll @IntRange(min = 1, max = 40) int size,
      @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 39) Integer> planted) {
    List<Fault> all = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      all.add(new Fault.ClockStepped(i, i));
    }
    List<Fault> needed =
        planted.stream().map(i -> i % size).distinct().sorted().map(all::get).toList();
    Schedule schedule = new Schedule(1, false, List.copyOf(all));

    Schedule small = Shrink.of(schedule, tried -> tried.faults().containsAll(needed));

    assertThat(small.faults()).isEqualTo(needed);
  }
}
