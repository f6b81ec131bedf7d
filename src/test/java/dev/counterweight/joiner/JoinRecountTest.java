package dev.counterweight.joiner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.joiner.JoinRecount.Written;
import dev.counterweight.joiner.JoinStream.Conflict;
import dev.counterweight.joiner.JoinStream.Event;
import dev.counterweight.joiner.JoinStream.Label;
import dev.counterweight.joiner.JoinStream.Rules;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What joiners are measured by is right on cases that can be checked by eye. */
class JoinRecountTest {
  private static final long WAIT_MS = 100;
  private static final long CORRECT_MS = 50;
  private static final long TIME_MS = 1_000;

  @Test
  void anEventWithoutALabelIsOfTheMissingClassOrDropped() {
    assertThat(written(Conflict.FIRST, 0)).containsExactly(new Written(0, WAIT_MS, -1));
    assertThat(written(Conflict.FIRST, -1)).isEmpty();
  }

  @Test
  void labelsBelongWithinTheWaitOnEitherSide() {
    assertThat(written(Conflict.FIRST, -1, at(-101, 1))).isEmpty();
    assertThat(written(Conflict.FIRST, -1, at(-100, 1))).containsExactly(new Written(1, 0, -1));
    assertThat(written(Conflict.FIRST, -1, at(100, 1))).containsExactly(new Written(1, 100, -1));
    assertThat(written(Conflict.FIRST, -1, at(101, 1))).isEmpty();
  }

  @Test
  void ofSeveralLabelsTheRuleTakesOne() {
    Label[] three = {at(20, 1), at(40, 2), at(60, 0)};
    assertThat(written(Conflict.FIRST, -1, three)).containsExactly(new Written(1, 20, -1));
    assertThat(written(Conflict.LAST, -1, three)).containsExactly(new Written(0, 60, -1));
    assertThat(written(Conflict.PRIORITY, -1, three)).containsExactly(new Written(2, 40, -1));
  }

  @Test
  void aLabelAfterTheWaitCorrectsForAWhile() {
    assertThat(written(Conflict.FIRST, -1, at(10, 0), at(101, 1), at(120, 1), at(150, 2)))
        .containsExactly(new Written(0, 10, -1), new Written(1, 101, 0), new Written(2, 150, 1));
    assertThat(written(Conflict.FIRST, -1, at(10, 0), at(151, 1))).hasSize(1);
    assertThat(written(Conflict.FIRST, 0, at(110, 1)))
        .containsExactly(new Written(0, WAIT_MS, -1), new Written(1, 110, 0));
  }

  @Test
  void anOlderCorrectionDoesNotTakeBackANewerOne() {
    assertThat(written(Conflict.FIRST, -1, at(10, 0), at(140, 1), at(120, 2)))
        .containsExactly(new Written(0, 10, -1), new Written(1, 140, 0));
    assertThat(written(Conflict.FIRST, -1, at(10, 0), at(140, 0), at(120, 2))).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Conflict.class)
  void everyKindOfTroubleIsInTheStream(Conflict conflict) {
    Rules rules = new Rules(10_000, 500, 8_000, 0, conflict, 3);
    JoinStream stream = JoinStream.of(rules, 5_000, TIME_MS, 20, 1);
    JoinRecount recount = new JoinRecount(stream);
    List<Integer> sizes = IntStream.range(0, 5_000).map(e -> recount.of(e).size()).boxed().toList();
    assertThat(sizes).contains(1, 2, 3).doesNotContain(0);
    assertThat(stream.events().stream().map(Event::key).distinct().count())
        .isBetween(3_500L, 4_800L);
    assertThat(stream.labels()).anyMatch(label -> label.key() >= 5_000);
    assertThat(recount.counts()).doesNotContain(0);
    assertThat(outOfOrder(stream.events().stream().map(Event::timeMs).toList())).isPositive();
    assertThat(outOfOrder(stream.labels().stream().map(Label::timeMs).toList())).isPositive();
    assertThat(JoinStream.of(rules, 5_000, TIME_MS, 20, 1)).isEqualTo(stream);
  }

  private static long outOfOrder(List<Long> times) {
    return IntStream.range(1, times.size()).filter(i -> times.get(i) < times.get(i - 1)).count();
  }

  private static Label at(long afterMs, int label) {
    return new Label(7, label, TIME_MS + afterMs);
  }

  private static List<Written> written(Conflict conflict, int missing, Label... labels) {
    Rules rules = new Rules(WAIT_MS, 1, CORRECT_MS, missing, conflict, 3);
    return new JoinRecount(
            new JoinStream(rules, List.of(new Event(7, TIME_MS)), Stream.of(labels).toList()))
        .of(0);
  }
}
