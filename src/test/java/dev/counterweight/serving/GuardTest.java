package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.evaluation.Interval;
import dev.counterweight.serving.Guard.Figures;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class GuardTest {

  /** A stream with two frauds in a hundred, scored with this log loss and recall. */
  private static Figures figures(double logLoss, double recall) {
    return figures(logLoss, recall, 4014, 82);
  }

  private static Figures figures(double logLoss, double recall, long ok, long fraud) {
    return new Figures(
        new Interval(logLoss * 0.9, logLoss * 1.1),
        fraud == 0
            ? Map.of("ok", Interval.wilson(0.99, ok))
            : Map.of("ok", Interval.wilson(0.99, ok), "fraud", Interval.wilson(recall, fraud)),
        Map.of("ok", (double) ok / (ok + fraud), "fraud", (double) fraud / (ok + fraud)),
        Map.of(
            "ok",
            Interval.wilson((double) ok / (ok + fraud), ok + fraud),
            "fraud",
            Interval.wilson((double) fraud / (ok + fraud), ok + fraud)));
  }

  @Provide
  Arbitrary<Figures> any() {
    return Combinators.combine(
            Arbitraries.doubles().between(0, 5),
            Arbitraries.doubles().between(0, 1),
            Arbitraries.longs().between(0, 4096),
            Arbitraries.longs().between(1, 4096))
        .as((loss, recall, fraud, ok) -> figures(loss, recall, ok, fraud));
  }

  @Property
  void aModelIsNeverWorseThanItself(@ForAll("any") Figures one) {
    assertThat(new Guard(one).judge(one).good()).isTrue();
  }

  @Property
  void whatTellsNoFiguresIsTakenAndHoldsNothingBack(@ForAll("any") Figures one) {
    assertThat(new Guard(one).judge(null).good()).isTrue();
    assertThat(Guard.OPEN.judge(one).good()).isTrue();
    assertThat(new Guard(one).taking(null).judge(one).good()).isTrue();
  }

  @Property
  void whatIsBetterThanAModelThatMayBeTakenMayBeTaken(
      @ForAll("any") Figures inUse,
      @ForAll @DoubleRange(max = 5) double loss,
      @ForAll @DoubleRange(max = 1) double recall,
      @ForAll @DoubleRange(max = 1) double better) {
    Figures candidate = figures(loss, recall);
    Figures more = figures(loss * better, recall + (1 - recall) * better);
    Guard guard = new Guard(inUse);

    if (guard.judge(candidate).good()) {
      assertThat(guard.judge(more).good()).isTrue();
    }
  }

  @Property
  void aLogLossIsWorseOnceItsIntervalIsAboveThatInUse(
      @ForAll @DoubleRange(min = 0.01, max = 3) double was,
      @ForAll @DoubleRange(min = 0.1, max = 10) double factor) {
    boolean good = new Guard(figures(was, 0.9)).judge(figures(was * factor, 0.9)).good();

    assertThat(good).isEqualTo(was * factor * 0.9 <= was * 1.1);
  }

  @Test
  void theRecallOfTheRarestClassCounts() {
    Guard guard = new Guard(figures(0.1, 0.9));

    assertThat(guard.judge(figures(0.1, 0.5)).worse())
        .singleElement()
        .asString()
        .contains("recall of class 'fraud' 0.3942 to 0.6058, in use 0.8162 to 0.9480");
    // On as few rows as that it may be chance.
    assertThat(guard.judge(figures(0.1, 0.8)).good()).isTrue();
  }

  @Test
  void aRarestClassThatHasComeToAnEndHoldsItBack() {
    Guard guard = new Guard(figures(0.1, 0.9));

    assertThat(guard.judge(figures(0.001, 0, 4096, 0)).worse())
        .singleElement()
        .asString()
        .contains("share of class 'fraud' among the labels");
    assertThat(guard.judge(figures(0.1, 0.9, 4076, 20)).good()).as("fewer are no end").isTrue();
    assertThat(guard.judge(figures(0.1, 0.9, 100, 0)).good()).as("of few rows").isTrue();
  }

  @Test
  void labelsThatAreTurnedOverHoldItBackHoweverWellTheyAreLearnt() {
    Guard guard = new Guard(figures(0.1, 0.9));

    assertThat(guard.judge(figures(0.05, 0.99, 82, 4014)).good()).isFalse();
    assertThat(guard.judge(figures(0.05, 0.99, 3686, 410)).good()).as("five times more").isTrue();
    assertThat(new Guard(figures(0.1, 0.9, 1947, 2149)).judge(figures(0.1, 0.9, 2200, 1896)).good())
        .as("classes of one size")
        .isTrue();
  }

  @Test
  void aLogLossOfNoSpreadIsNotJudged() {
    Figures unknown = new Figures(null, Map.of(), Map.of(), Map.of());

    assertThat(new Guard(unknown).judge(figures(5, 0.1)).good()).isTrue();
    assertThat(new Guard(figures(0.1, 0.9)).judge(unknown).good()).isTrue();
  }
}
