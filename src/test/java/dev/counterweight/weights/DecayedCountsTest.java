package dev.counterweight.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.weights.HalfLife.Unit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class DecayedCountsTest {
  private static final int CLASSES = 3;
  private static final long START_MS = 1_700_000_000_000L;
  private static final HalfLife MINUTE = new HalfLife(Unit.MILLISECONDS, 60_000);

  record Event(int label, double importance, long timeMs) {}

  @Property(tries = 200)
  void inEventTimeEveryEventCountsWhatItsAgeLeavesOfIt(@ForAll("streams") List<Event> events) {
    DecayedCounts counts = counted(MINUTE, events);
    long now = latest(events);

    ClassCounts closed = new ClassCounts(CLASSES);
    for (Event e : events) {
      closed.add(e.label(), e.importance(), Math.pow(2, (e.timeMs() - now) / 60_000.0));
    }

    assertThat(counts.asOfMs()).isEqualTo(now);
    assertSame(counts.at(now), closed);
  }

  @Property(tries = 200)
  void inEventTimeTheOrderOfArrivalMakesNoDifference(
      @ForAll("streams") List<Event> events, @ForAll Random random) {
    List<Event> shuffled = new ArrayList<>(events);
    Collections.shuffle(shuffled, random);
    long now = latest(events) + 90_000;

    assertSame(counted(MINUTE, shuffled).at(now), counted(MINUTE, events).at(now));
  }

  @Property(tries = 200)
  void inEventTimeThePartialsOfAnyPartitionsAddUpToTheWhole(
      @ForAll("streams") List<Event> events, @ForAll Random random) {
    DecayedCounts[] partials = new DecayedCounts[4];
    for (int p = 0; p < partials.length; p++) {
      partials[p] = new DecayedCounts(MINUTE, CLASSES);
    }
    for (Event e : events) {
      partials[random.nextInt(partials.length)].add(e.label(), e.importance(), e.timeMs());
    }
    long now = latest(events);
    ClassCounts sum = new ClassCounts(CLASSES);
    for (DecayedCounts partial : partials) {
      sum.add(partial.at(now));
    }

    assertSame(sum, counted(MINUTE, events).at(now));
  }

  @Property(tries = 100)
  void inEventsEveryEventCountsWhatTheEventsAfterItLeaveOfIt(
      @ForAll("streams") List<Event> events) {
    DecayedCounts counts = counted(new HalfLife(Unit.EVENTS, 3), events);

    ClassCounts closed = new ClassCounts(CLASSES);
    for (int i = 0; i < events.size(); i++) {
      Event e = events.get(i);
      closed.add(e.label(), e.importance(), Math.pow(2, (i - (events.size() - 1)) / 3.0));
    }

    assertSame(counts.at(latest(events) + 1_000_000), closed);
  }

  @Property(tries = 50)
  void inEventsItMakesNoDifferenceHowPartitionsInterleave(
      @ForAll("streams") List<Event> one, @ForAll("streams") List<Event> other, @ForAll Random r) {
    HalfLife three = new HalfLife(Unit.EVENTS, 3);
    List<DecayedCounts> partials =
        List.of(new DecayedCounts(three, CLASSES), new DecayedCounts(three, CLASSES));
    Iterator<Event> first = one.iterator();
    Iterator<Event> second = other.iterator();
    while (first.hasNext() || second.hasNext()) {
      boolean fromFirst = first.hasNext() && (!second.hasNext() || r.nextBoolean());
      Event e = fromFirst ? first.next() : second.next();
      partials.get(fromFirst ? 0 : 1).add(e.label(), e.importance(), e.timeMs());
    }

    assertSame(partials.get(0).at(START_MS), counted(three, one).at(START_MS));
    assertSame(partials.get(1).at(START_MS), counted(three, other).at(START_MS));
  }

  @Property(tries = 50)
  void withoutHalfLifeEveryEventCountsWhole(@ForAll("streams") List<Event> events) {
    ClassCounts counts = counted(HalfLife.NONE, events).at(latest(events) + 1_000_000);

    for (int c = 0; c < CLASSES; c++) {
      assertThat(counts.n(c)).isEqualTo(counts.events(c));
    }
    assertThat(counts.totalEvents()).isEqualTo(events.size());
  }

  @Test
  void theLargestImportancesAddUpToAFiniteCountUnderTheShortestHalfLife() {
    DecayedCounts counts = new DecayedCounts(new HalfLife(Unit.MILLISECONDS, 1), 2);
    for (int i = 0; i < 10_000; i++) {
      counts.add(i % 2, 1e30, i % 64);
    }

    assertThat(counts.sums().weighted()).doesNotContain(Double.POSITIVE_INFINITY);
    for (double weight : new WeightFormula.Balanced().weights(counts.at(64).weighted())) {
      assertThat(weight).isBetween(0.1, 10.0);
    }
  }

  @Test
  void yearsOfAShortHalfLifeNeitherOverflowNorForgetWhatWasSeen() {
    HalfLife second = new HalfLife(Unit.MILLISECONDS, 1_000);
    DecayedCounts counts = new DecayedCounts(second, CLASSES);
    counts.add(2, 1, START_MS);
    long now = START_MS;
    for (int day = 0; day < 3_650; day++) {
      now = START_MS + day * 86_400_000L;
      counts.add(0, 1, now);
      counts.add(1, 0.5, now - 1_000);
      counts.add(1, 1, now - 700L * 86_400_000); // two years late
    }

    ClassCounts at = counts.at(now);
    assertThat(at.n(0)).isCloseTo(1, within(1e-12));
    assertThat(at.n(1)).isCloseTo(0.5, within(1e-12));
    assertThat(at.weighted(1)).isCloseTo(0.25, within(1e-12));
    assertThat(at.n(2)).isPositive().isLessThan(1e-300);
    assertThat(at.events()).containsExactly(3_650, 7_300, 1);
    double[] weights = new Weighting(new WeightFormula.Balanced(), 100).of(at.weighted());
    assertThat(weights[2]).isEqualTo(100 * weights[0]);
  }

  @Test
  void partsDecayedByEventsDoNotAgeWhileOthersGoOn() {
    HalfLife two = new HalfLife(Unit.EVENTS, 2);
    DecayedCounts quiet = new DecayedCounts(two, CLASSES);
    quiet.add(0, 1, START_MS);

    assertThat(quiet.at(START_MS + 86_400_000).n(0)).isEqualTo(1);
  }

  @Test
  void anotherHalfLifeStartsFromTheCountsOfTheMoment() {
    DecayedCounts counts = new DecayedCounts(MINUTE, CLASSES);
    counts.add(0, 1, START_MS);
    counts.add(1, 1, START_MS + 60_000);

    DecayedCounts changed = counts.withHalfLife(new HalfLife(Unit.EVENTS, 1));
    assertThat(changed.at(START_MS + 60_000).n(0)).isCloseTo(0.5, within(1e-12));
    changed.add(1, 1, START_MS + 60_000);
    ClassCounts after = changed.at(START_MS + 60_000);
    assertThat(after.n(0)).isCloseTo(0.25, within(1e-12));
    assertThat(after.n(1)).isCloseTo(1.5, within(1e-12));

    DecayedCounts never = changed.withHalfLife(HalfLife.NONE);
    assertThat(never.at(START_MS + 9_000_000).n(0)).isCloseTo(0.25, within(1e-12));
    assertThat(never.withHalfLife(MINUTE).at(START_MS + 120_000).n(0))
        .isCloseTo(0.125, within(1e-12));
  }

  @Test
  void beforeTheFirstEventThereIsNothingToFade() {
    DecayedCounts empty = new DecayedCounts(HalfLife.NONE, CLASSES).withHalfLife(MINUTE);
    assertThat(empty.at(START_MS).n()).containsOnly(0);

    empty.add(1, 1, START_MS);

    assertThat(empty.at(START_MS).n(1)).isEqualTo(1);
  }

  @Provide
  Arbitrary<List<Event>> streams() {
    return Combinators.combine(
            Arbitraries.integers().between(0, CLASSES - 1),
            Arbitraries.doubles().between(0.1, 10),
            Arbitraries.longs().between(START_MS, START_MS + 200 * 60_000))
        .as(Event::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(60);
  }

  private static DecayedCounts counted(HalfLife halfLife, List<Event> events) {
    DecayedCounts counts = new DecayedCounts(halfLife, CLASSES);
    events.forEach(e -> counts.add(e.label(), e.importance(), e.timeMs()));
    return counts;
  }

  private static long latest(List<Event> events) {
    return events.stream().mapToLong(Event::timeMs).max().orElseThrow();
  }

  private static void assertSame(ClassCounts actual, ClassCounts expected) {
    assertThat(actual.events()).isEqualTo(expected.events());
    for (int c = 0; c < CLASSES; c++) {
      assertThat(actual.n(c)).isCloseTo(expected.n(c), within(1e-9 * expected.n(c)));
      assertThat(actual.weighted(c))
          .isCloseTo(expected.weighted(c), within(1e-9 * expected.weighted(c)));
    }
  }
}
