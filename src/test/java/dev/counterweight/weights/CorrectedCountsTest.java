package dev.counterweight.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.weights.HalfLife.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntToLongFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Events that come again with another class: counts are as if they had come with it at once. */
class CorrectedCountsTest {
  private static final int CLASSES = 3;
  private static final long START_MS = 1_700_000_000_000L;
  private static final double MOST = 10; // importance of an event
  private static final long MINUTE_MS = 60_000;
  private static final HalfLife MINUTE = new HalfLife(Unit.MILLISECONDS, MINUTE_MS);

  private record Event(int label, double importance, long timeMs) {}

  /** A history of events and corrections, and what is known of it without counting. */
  private static final class History {
    private final Random random;
    private final DecayedCounts counts;
    private final List<Event> events = new ArrayList<>();
    private final List<Event> everCounted = new ArrayList<>();

    History(HalfLife halfLife, Random random) {
      this.random = random;
      this.counts = new DecayedCounts(halfLife, CLASSES);
    }

    void add(long timeMs) {
      double importance = random.nextInt(4) == 0 ? 0 : 0.1 + (MOST - 0.1) * random.nextDouble();
      count(new Event(random.nextInt(CLASSES), importance, timeMs));
    }

    void correct() {
      Event before = events.remove(random.nextInt(events.size()));
      assertThat(counts.take(before.label(), before.importance(), before.timeMs())).isTrue();
      int other = (before.label() + 1 + random.nextInt(CLASSES - 1)) % CLASSES;
      count(new Event(other, before.importance(), before.timeMs()));
    }

    private void count(Event event) {
      counts.add(event.label(), event.importance(), event.timeMs());
      events.add(event);
      everCounted.add(event);
    }

    ClassCounts counted() {
      return counts.at(counts.asOfMs());
    }

    ClassCounts recounted() {
      return count(events);
    }

    ClassCounts everCounted() {
      return count(everCounted);
    }

    private ClassCounts count(List<Event> which) {
      DecayedCounts again = new DecayedCounts(counts.halfLife(), CLASSES);
      which.forEach(e -> again.add(e.label(), e.importance(), e.timeMs()));
      return again.at(counts.asOfMs());
    }
  }

  private static History history(HalfLife half, int steps, Random random, IntToLongFunction time) {
    History history = new History(half, random);
    for (int i = 0; i < steps; i++) {
      if (history.events.isEmpty() || random.nextInt(3) > 0) {
        history.add(time.applyAsLong(i));
      } else {
        history.correct();
      }
    }
    return history;
  }

  @Property(tries = 500)
  void undecayedCountsAreThoseOfARecountOfTheFinalLabels(
      @ForAll @IntRange(min = 1, max = 120) int steps, @ForAll Random random) {
    History history =
        history(HalfLife.NONE, steps, random, i -> START_MS + random.nextInt(1_000_000));

    ClassCounts counted = history.counted();
    ClassCounts recounted = history.recounted();
    assertThat(counted.events()).isEqualTo(recounted.events());
    assertThat(counted.n()).isEqualTo(recounted.n());
    assertThat(counted.positive()).isEqualTo(recounted.positive());
    for (int c = 0; c < CLASSES; c++) {
      assertThat(counted.weighted(c)).isCloseTo(recounted.weighted(c), within(1e-9));
    }
  }

  @Property(tries = 500)
  void decayedCountsAreThoseOfARecountInAnyOrder(
      @ForAll @IntRange(min = 1, max = 120) int steps, @ForAll Random random) {
    History history =
        history(MINUTE, steps, random, i -> START_MS + random.nextInt(8 * (int) MINUTE_MS));

    assertClose(history, 1e-9, 0);
  }

  /** Landmarks move on the way, and events are corrected that next to nothing is left of. */
  @Property(tries = 500)
  void correctionsOfEventsManyHalfLivesOldLeaveAllThatCountsRight(
      @ForAll @IntRange(min = 1, max = 120) int steps, @ForAll Random random) {
    History history =
        history(
            MINUTE,
            steps,
            random,
            i -> START_MS + i * 5 * MINUTE_MS - random.nextInt(200) * MINUTE_MS);

    assertClose(history, 1e-9, 2e-12);
  }

  private static void assertClose(History history, double share, double shareOfEver) {
    ClassCounts counted = history.counted();
    ClassCounts recounted = history.recounted();
    ClassCounts ever = history.everCounted();
    counted.requireSound("counts");
    assertThat(counted.events()).isEqualTo(recounted.events());
    for (int c = 0; c < CLASSES; c++) {
      assertThat(counted.n(c) > 0).as("class %d", c).isEqualTo(counted.events(c) > 0);
      assertThat(counted.n(c))
          .isCloseTo(recounted.n(c), within(share * recounted.n(c) + shareOfEver * ever.n(c)));
      assertThat(counted.positive(c))
          .isCloseTo(
              recounted.positive(c), within(share * recounted.n(c) + shareOfEver * ever.n(c)));
      assertThat(counted.weighted(c))
          .isCloseTo(
              recounted.weighted(c),
              within(
                  share * recounted.weighted(c)
                      + shareOfEver * (MOST * ever.n(c) + ever.weighted(c))));
    }
  }

  @Test
  void nothingIsTakenFromAClassThatHasNone() {
    DecayedCounts counts = new DecayedCounts(MINUTE, CLASSES);
    counts.add(0, 1, START_MS);

    assertThat(counts.take(1, 1, START_MS)).isFalse();
    assertThat(new DecayedCounts(MINUTE, CLASSES).take(1, 1, START_MS)).isFalse();

    assertThat(counts.sums().events()).containsExactly(1, 0, 0);
    assertThat(counts.at(START_MS).n()).containsExactly(1, 0, 0);
    assertThat(counts.totalEvents()).isEqualTo(1);
  }

  @Test
  void aClassWhoseLastEventIsTakenIsAtExactlyNothing() {
    DecayedCounts counts = new DecayedCounts(MINUTE, CLASSES);
    counts.add(0, 3, START_MS);
    counts.add(1, 1.7, START_MS - 12_345);
    counts.add(2, 1, START_MS + 70 * MINUTE_MS); // the landmark moves

    assertThat(counts.take(1, 1.7, START_MS - 12_345)).isTrue();

    assertThat(counts.sums().n(1)).isZero();
    assertThat(counts.sums().weighted(1)).isZero();
    assertThat(counts.sums().positive(1)).isZero();
  }

  @Test
  void whatRoundingLeavesOfImportantEventsIsNoMeasureOfTheNext() {
    DecayedCounts counts = new DecayedCounts(MINUTE, CLASSES);
    counts.add(0, 0, START_MS);
    counts.add(0, 7.3, START_MS + 100);
    counts.add(0, 7.3, START_MS + 333);
    counts.add(1, 1, START_MS + 70 * MINUTE_MS);

    counts.take(0, 7.3, START_MS + 100);
    counts.take(0, 7.3, START_MS + 333);

    assertThat(counts.mostImportance(0)).isEqualTo(ClassCounts.MAX_IMPORTANCE);
    assertThat(counts.sums().weighted(0)).isZero();
  }

  @Test
  void moreIsNeverTakenThanThereIs() {
    DecayedCounts counts = new DecayedCounts(MINUTE, CLASSES);
    counts.add(0, 1, START_MS);
    counts.add(0, 1, START_MS + 1);

    assertThat(counts.take(0, 1e30, START_MS + 5_000 * MINUTE_MS)).isTrue();

    counts.sums().requireSound("counts");
    assertThat(counts.sums().events(0)).isEqualTo(1);
    assertThat(counts.sums().n(0)).isPositive();
    assertThat(counts.sums().weighted(0)).isEqualTo(counts.sums().n(0));
  }

  @Test
  void ofEventsThatFadeInEventsNoneCanBeTaken() {
    DecayedCounts counts = new DecayedCounts(new HalfLife(Unit.EVENTS, 10), CLASSES);
    counts.add(0, 1, START_MS);

    assertThatThrownBy(() -> counts.take(0, 1, START_MS))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("counts.half.life=10 events");
  }
}
