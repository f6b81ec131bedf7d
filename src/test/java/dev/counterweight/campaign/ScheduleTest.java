package dev.counterweight.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Property
  void aScheduleIsAFunctionOfItsSeed(@ForAll long seed) {
    assertThat(Schedule.of(seed)).isEqualTo(Schedule.of(seed));
  }

  @Property
  void whatIsPrintedIsReadAsTheSame(@ForAll long seed) {
    Schedule schedule = Schedule.of(seed);
    assertThat(Schedule.parse(schedule.toString())).isEqualTo(schedule);
  }

  @Property
  void faultsBeginWhileEventsAreWritten(@ForAll long seed) {
    assertThat(Schedule.of(seed).faults())
        .isNotEmpty()
        .allSatisfy(fault -> assertThat(fault.atMs()).isBetween(0L, Schedule.FEED_MS));
  }

  @Test
  void everyKindOfFaultIsDrawnAndSeedsDiffer() {
    Set<String> kinds = new TreeSet<>();
    Set<Class<?>> types = new HashSet<>();
    List<Schedule> all = LongStream.range(0, 500).mapToObj(Schedule::of).toList();
    for (Fault fault : all.stream().flatMap(schedule -> schedule.faults().stream()).toList()) {
      kinds.add(fault.kind());
      types.add(fault.getClass());
    }
    assertThat(types).containsExactlyInAnyOrder(Fault.class.getPermittedSubclasses());
    assertThat(kinds)
        .contains("kill joiner", "kill several roles", "pause trainer, both", "kill controller")
        .contains("connections answers-held", "checkpoint emptied", "written: aborted");
    assertThat(all.stream().map(Schedule::faults)).doesNotHaveDuplicates();
    assertThat(all.stream().map(Schedule::joins)).contains(true, false);
  }
}
