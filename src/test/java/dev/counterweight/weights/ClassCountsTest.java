package dev.counterweight.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ClassCountsTest {
  private static final int CLASSES = 3;

  private record Event(int partition, int label, double importance) {}

  @Property(tries = 200)
  void theSumOfThePartitionsIsTheCountOfTheWhole(@ForAll("events") List<Event> events) {
    ClassCounts whole = new ClassCounts(CLASSES);
    ClassCounts[] partials = {
      new ClassCounts(CLASSES), new ClassCounts(CLASSES), new ClassCounts(CLASSES)
    };
    for (Event event : events) {
      whole.add(event.label(), event.importance());
      partials[event.partition()].add(event.label(), event.importance());
    }

    ClassCounts sum = new ClassCounts(CLASSES);
    for (ClassCounts partial : partials) {
      sum.add(partial);
    }

    assertThat(sum.events()).containsExactly(whole.events());
    assertThat(sum.n()).as("whole numbers add exactly").containsExactly(whole.n());
    assertThat(sum.priors()).containsExactly(whole.priors());
    assertThat(sum.totalEvents()).isEqualTo(events.size());
    for (int c = 0; c < CLASSES; c++) {
      assertThat(sum.weighted(c))
          .isCloseTo(whole.weighted(c), within(1e-12 * whole.weighted(c) + 1e-300));
    }
  }

  @Property(tries = 50)
  void priorsSumToOneOnceSomethingWasCounted(@ForAll("events") List<Event> events) {
    ClassCounts counts = new ClassCounts(CLASSES);
    events.forEach(event -> counts.add(event.label(), event.importance()));

    double sum = 0;
    for (double prior : counts.priors()) {
      sum += prior;
    }
    assertThat(sum).isCloseTo(events.isEmpty() ? 0 : 1, within(1e-12));
  }

  @Test
  void whatIsHandedOutIsACopy() {
    ClassCounts counts = new ClassCounts(CLASSES);
    counts.add(1, 2.5);

    counts.events()[1] = 9;
    counts.n()[1] = 9;
    counts.weighted()[1] = 9;

    assertThat(counts.events()).containsExactly(0, 1, 0);
    assertThat(counts.n()).containsExactly(0, 1, 0);
    assertThat(counts.weighted()).containsExactly(0, 2.5, 0);
  }

  @Test
  void countsOfOtherClassesAreNotAdded() {
    assertThatThrownBy(() -> new ClassCounts(2).add(new ClassCounts(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 classes to counts of 2");
    assertThatThrownBy(
            () -> new ClassCounts(new long[2], new double[3], new double[2], new double[2]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Provide
  Arbitrary<List<Event>> events() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(0, CLASSES - 1),
            Arbitraries.doubles().between(0, 1000))
        .as(Event::new)
        .list()
        .ofMaxSize(200);
  }
}
