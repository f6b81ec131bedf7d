package dev.counterweight.joining;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.joining.JoinRules.Conflict;
import dev.counterweight.joining.JoinRules.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules one by one: a wait of 1000 ms, a grace of 80, a look every 20, buckets of 5. */
class JoinTest {
  private static final long UNKNOWN = JoinClock.UNKNOWN;
  private static final long OVER = 1060; // of an event of time 0

  private static JoinRules rules(Conflict conflict, Scope scope, int missing, long correctForMs) {
    return new JoinRules(1000, 80, correctForMs, missing, conflict, scope);
  }

  private static Joining first() {
    return new Joining(rules(Conflict.FIRST, Scope.ALL, 0, 0));
  }

  @Test
  void anEventIsNeverWrittenAtItsArrivalAlone() {
    Joining joining = first();
    joining.event("a", 0, 1, 0, UNKNOWN);
    joining.event("b", 0, 2, 0, OVER - 1);
    joining.advance(OVER - 1);
    assertThat(joining.written()).isEmpty();
    assertThat(joining.totals().waiting()).isEqualTo(2);
  }

  /** Kafka Streams' own left join writes it as unlabelled at once, and again with its label. */
  @Test
  void anEventOutOfOrderWithinTheGraceIsNotWrittenAsUnlabelled() {
    Joining joining = first();
    joining.event("later", 0, 1, 1070, 1070);
    joining.advance(1070);
    joining.event("out of order", 0, 2, 70, 1070); // its wait ends at 1070: the clock is there
    joining.advance(1070);
    assertThat(joining.written()).isEmpty();
    joining.label("out of order", 1, 1065, 1070);
    joining.advance(5000);
    assertThat(joining.classes().get("0@2")).containsExactly(1);
  }

  @Test
  void anEventIsOutBeforeWaitAndGraceAreOverAndNotALookEarlier() {
    Joining joining = first();
    joining.event("a", 0, 1, 0, 0);
    assertThat(joining.nextDueMs()).isEqualTo(OVER);
    joining.advance(OVER - 1);
    assertThat(joining.written()).isEmpty();
    joining.advance(OVER);
    assertThat(joining.written()).containsExactly("0@1=0 1000 for -1");
  }

  @ParameterizedTest
  @CsvSource({"1000, true", "1001, false", "-1000, true", "-1001, false"})
  void aLabelBelongsToAnEventThatIsNoFurtherAwayThanTheWait(long labelMs, boolean belongs) {
    Joining joining = first();
    joining.event("a", 0, 1, 0, UNKNOWN);
    joining.label("a", 2, labelMs, UNKNOWN);
    assertThat(joining.written()).hasSize(belongs ? 1 : 0);

    Joining early = first();
    early.label("a", 2, labelMs, UNKNOWN);
    early.event("a", 0, 1, 0, UNKNOWN);
    assertThat(early.written()).hasSize(belongs ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({"FIRST, 1", "LAST, 0", "PRIORITY, 2"})
  void ofSeveralLabelsTheRuleOfConflictsChooses(Conflict conflict, int label) {
    Joining joining = new Joining(rules(conflict, Scope.ALL, 0, 0));
    joining.event("a", 0, 1, 0, UNKNOWN);
    joining.label("a", 1, 10, UNKNOWN);
    joining.label("a", 2, 20, UNKNOWN);
    joining.label("a", 0, 30, UNKNOWN);
    joining.label("a", 2, 25, UNKNOWN);
    joining.advance(OVER);
    assertThat(joining.classes().get("0@1")).containsExactly(label);
    joining.advance(5000);
    joining.assertEnded(1, 4);
    assertThat(joining.told(Fact.USED)).isOne();
    assertThat(joining.told(Fact.DUPLICATE)).isEqualTo(label == 2 ? 1 : 0);
    assertThat(joining.told(Fact.CONFLICT)).isEqualTo(label == 2 ? 2 : 3);
  }

  @Test
  void anEarlyLabelUnderLastIsKeptUntilItsEventIsOver() {
    Joining joining = new Joining(rules(Conflict.LAST, Scope.ALL, 0, 0));
    joining.label("a", 1, 0, 0);
    joining.event("a", 0, 1, 1000, 1000);
    joining.advance(1500); // the label alone would be let go
    joining.advance(5000);
    assertThat(joining.written()).containsExactly("0@1=1 0 for -1");
    joining.assertEnded(1, 1);
  }

  @Test
  void withoutALabelAnEventIsDroppedIfTheRulesSaySo() {
    Joining joining = new Joining(rules(Conflict.FIRST, Scope.ALL, JoinRules.DROP, 0));
    joining.event("a", 0, 1, 0, 0);
    joining.advance(OVER);
    assertThat(joining.written()).isEmpty();
    assertThat(joining.told(Fact.DROPPED)).isOne();
    joining.assertEnded(1, 0);
  }

  @Test
  void correctionsReplaceWhatIsInForceAndAnOlderOneDoesNot() {
    Joining joining = new Joining(rules(Conflict.FIRST, Scope.ALL, 0, 500));
    joining.event("a", 0, 1, 0, 0);
    joining.label("a", 1, 900, 900);
    joining.label("a", 2, 1200, 1200);
    joining.label("a", 0, 1100, 1200); // older than the one in force
    joining.label("a", 2, 1300, 1300); // says the same
    joining.label("a", 0, 1250, 1300); // older than that
    joining.label("a", 0, 1500, 1500);
    joining.label("a", 1, 1501, 1501); // too late to correct
    assertThat(joining.written())
        .containsExactly("0@1=1 900 for -1", "0@1=2 1200 for 1", "0@1=0 1500 for 2");
    joining.advance(9000);
    joining.assertEnded(1, 7);
    assertThat(joining.told(Fact.USED)).isEqualTo(3);
    assertThat(joining.told(Fact.DUPLICATE)).isOne();
    assertThat(joining.told(Fact.LATE)).isEqualTo(3);
  }

  @Test
  void aLabelWithinTheWaitCorrectsWhatWasWrittenForWantOfOne() {
    Joining joining = new Joining(rules(Conflict.FIRST, Scope.ALL, 0, 500));
    joining.event("a", 0, 1, 0, 0);
    joining.advance(OVER);
    joining.label("a", 1, 400, 1100); // more out of order than the grace
    joining.label("a", 2, 500, 1100); // another one is in force by now
    assertThat(joining.written()).containsExactly("0@1=0 1000 for -1", "0@1=1 400 for 0");
    assertThat(joining.told(Fact.CONFLICT)).isOne();
  }

  @Test
  void nothingIsCorrectedWhereTheRulesDoNotSaySo() {
    Joining joining = first();
    joining.event("a", 0, 1, 0, 0);
    joining.label("a", 1, 900, 900);
    joining.label("a", 2, 1010, 1010);
    assertThat(joining.classes().get("0@1")).containsExactly(1);
    joining.advance(9000);
    assertThat(joining.told(Fact.LATE)).isOne();
  }

  @Test
  void aLabelThatNoEventCanStillComeForIsLate() {
    Joining joining = first();
    joining.label("a", 1, 0, 1080);
    joining.label("b", 1, 0, 1079);
    assertThat(joining.told(Fact.LATE)).isOne();
    assertThat(joining.totals().labels()).isOne();
    joining.advance(1080);
    assertThat(joining.told(Fact.UNMATCHED)).isOne();
    joining.assertEnded(0, 2);
  }

  @Test
  void twoEventsOfAKeyEachGetTheLabelOrOnlyTheLatestThatIsNotAfterIt() {
    for (Scope scope : Scope.values()) {
      Joining joining = new Joining(rules(Conflict.FIRST, scope, JoinRules.DROP, 0));
      joining.event("a", 0, 1, 0, 0);
      joining.event("a", 1, 2, 100, 100);
      joining.event("a", 0, 3, 300, 100);
      joining.label("a", 1, 200, 200);
      joining.advance(5000);
      if (scope == Scope.ALL) {
        assertThat(joining.classes()).containsOnlyKeys("0@1", "1@2", "0@3");
      } else {
        assertThat(joining.classes()).containsOnlyKeys("1@2");
      }
      joining.assertEnded(3, 1);
    }
  }

  @Test
  void anEventThatComesWhenItsWaitIsOverIsDecidedAtOnce() {
    Joining joining = first();
    joining.label("a", 1, 900, 900);
    joining.event("a", 0, 1, 0, 1500);
    joining.event("b", 0, 2, 0, 1500);
    assertThat(joining.written()).containsExactly("0@1=1 900 for -1", "0@2=0 1000 for -1");
    assertThat(joining.totals().waiting()).isZero();
  }

  @Test
  void aKeyIsNotTakenForOneThatItBeginsWith() {
    Joining joining = first();
    for (int i = 0; i < 3; i++) {
      joining.event("a", 0, i, i, UNKNOWN);
      joining.event("aa", 0, 10 + i, i, UNKNOWN);
      joining.event("", 0, 20 + i, i, UNKNOWN);
      joining.event("k".repeat(300), 0, 30 + i, i, UNKNOWN);
    }
    joining.label("a", 1, 5, UNKNOWN);
    assertThat(joining.classes()).containsOnlyKeys("0@0", "0@1", "0@2");
    joining.label("", 1, 5, UNKNOWN);
    joining.label("k".repeat(300), 1, 5, UNKNOWN);
    assertThat(joining.classes()).hasSize(9);
  }

  @ParameterizedTest
  @EnumSource(Conflict.class)
  void ofMoreLabelsThanAreKeptTheOneThatWouldNotWinGoes(Conflict conflict) {
    Joining joining = new Joining(rules(conflict, Scope.ALL, 0, 0));
    int labels = JoinRules.MOST_LABELS + 10;
    for (int i = 0; i < labels; i++) {
      joining.label("a", i, i, UNKNOWN);
    }
    assertThat(joining.totals().labels()).isEqualTo(JoinRules.MOST_LABELS);
    assertThat(joining.told(Fact.OVERFLOWED)).isEqualTo(10);
    joining.event("a", 0, 1, 50, UNKNOWN);
    joining.advance(50 + OVER);
    assertThat(joining.classes().get("0@1"))
        .containsExactly(conflict == Conflict.FIRST ? 0 : labels - 1);
    joining.advance(9000);
    joining.assertEnded(1, labels);
  }

  @Test
  void expiringAllDecidesWhatWaitsAndLeavesNothing() {
    Joining joining = new Joining(rules(Conflict.LAST, Scope.ALL, 0, 500));
    joining.event("a", 0, 1, 0, 0);
    joining.event("a", 0, 2, 10, 0);
    joining.event("b", 0, 3, 0, 0);
    joining.label("a", 1, 5, 0);
    int calls = 1;
    while (!joining.expireAll(1)) {
      calls++;
    }
    assertThat(calls).isBetween(2, 12);
    assertThat(joining.classes()).containsOnlyKeys("0@1", "0@2", "0@3");
    joining.assertEnded(3, 1);
    joining.event("c", 0, 4, 20, 30);
    joining.advance(20 + OVER);
    assertThat(joining.classes()).containsKey("0@4");
  }

  @Test
  void aClockThatIsSetBackDelaysOnlyUntilItIsThereAgain() {
    Joining joining = first();
    joining.event("a", 0, 1, 100_000, 100_000);
    joining.advance(200_000);
    joining.event("b", 0, 2, 1_000, 1_000);
    joining.advance(1_000);
    assertThat(joining.nextDueMs()).isEqualTo(1_000 + OVER);
    joining.advance(1_000 + OVER);
    assertThat(joining.classes()).containsKey("0@2");
  }

  @Test
  void otherRulesHoldForWhatWasThereBefore() {
    Joining joining = first();
    joining.event("a", 0, 1, 0, 0);
    joining.event("b", 0, 2, 0, 0);
    joining.label("b", 1, 10, 10);
    joining.configure(new JoinRules(5000, 80, 3000, 0, Conflict.FIRST, Scope.ALL));
    joining.advance(OVER + 100);
    assertThat(joining.classes()).containsOnlyKeys("0@2"); // the other waits on
    joining.label("b", 2, 5100, 2000); // its body was let go: nothing to correct with
    joining.label("a", 1, 4000, 4000);
    assertThat(joining.classes().get("0@1")).containsExactly(1);
    assertThat(joining.classes().get("0@2")).containsExactly(1);
    joining.configure(new JoinRules(10, 80, 0, 0, Conflict.FIRST, Scope.ALL));
    joining.advance(20_000);
    joining.assertEnded(2, 3);
  }

  @Test
  void theOldestThatWaitsIsKnownToAnEighthOfTheirSpan() {
    Joining joining = first();
    for (int i = 0; i < 1000; i++) {
      joining.event("key" + i, 0, i, 10_000 + i * 7L, UNKNOWN);
    }
    assertThat(joining.totals().oldestMs()).isBetween(10_000 - 7000L / 8, 10_000L);
    for (int i = 0; i < 500; i++) {
      joining.label("key" + i, 1, 10_000, UNKNOWN);
    }
    assertThat(joining.totals().waiting()).isEqualTo(1000 - joining.classes().size());
    assertThat(joining.totals().oldestMs())
        .isBetween(10_000 + joining.classes().size() * 7L - 7000 / 8, 13_500L);
  }
}
