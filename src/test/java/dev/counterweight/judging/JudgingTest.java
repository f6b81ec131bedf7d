package dev.counterweight.judging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.joining.SortedRows;
import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JudgingTest {
  private static final long HOLD_MS = 1_000;

  private final SortedRows answers = new SortedRows();
  private final SortedRows truths = new SortedRows();
  private final List<String> told = new ArrayList<>();
  private final Verdicts verdicts =
      new Verdicts() {
        @Override
        public void judged(Answer answer, Truth truth) {
          told.add(answer.decision() + " was " + truth.label());
        }

        @Override
        public void tell(Fate fate) {
          told.add(fate.name());
        }
      };
  private Held held = new Held();
  private Judging judging = judging(3);

  private Judging judging(int mostTruths) {
    return new Judging(new JudgingRules(HOLD_MS, mostTruths), answers, truths, verdicts, held);
  }

  private void answer(long event, long atMs) {
    judging.answer(event, new Answer(atMs, 1, new double[] {0.25, 0.75}));
  }

  private void truth(long event, long atMs) {
    judging.truth(event, new Truth(atMs, 0));
  }

  @Test
  void anAnswerIsJudgedOnceByTheFirstClassThatComesAfterIt() {
    answer(5, 100);
    truth(5, 101);
    truth(5, 102);

    assertThat(told).containsExactly("1 was 0", "UNMATCHED");
    assertThat(answers.size() + truths.size()).isZero();
  }

  @Test
  void whichOfBothIsReadFirstDoesNotMatter() {
    truth(5, 101);
    assertThat(held.truths()).isEqualTo(1);

    answer(5, 100);

    assertThat(told).containsExactly("1 was 0");
    assertThat(answers.size() + truths.size()).isZero();
  }

  @Test
  void anAnswerThatWasNotWrittenBeforeTheClassIsNotJudged() {
    answer(5, 100);
    truth(5, 100);
    truth(6, 100);
    answer(6, 101);

    assertThat(told).containsExactly("LABEL_FIRST", "LABEL_FIRST");
  }

  @Test
  void whatWasAnsweredBeforeIsNotAnsweredAgain() {
    answer(5, 100);
    answer(5, 110);
    answer(3, 120);
    truth(5, 105);
    truth(3, 130);

    assertThat(told).containsExactly("REPEATED", "REPEATED", "1 was 0", "UNMATCHED");
  }

  @Test
  void classesOfEventsThatWerePassedAreLetGoOf() {
    truth(5, 10);
    truth(7, 10);
    truth(6, 10);

    answer(7, 5);

    assertThat(told).containsExactly("UNMATCHED", "UNMATCHED", "1 was 0");
    assertThat(held.truths()).isZero();
    truth(6, 20);
    assertThat(told).endsWith("UNMATCHED");
    assertThat(truths.size()).isZero();
  }

  @Test
  void ofTooManyClassesThoseOfTheEarliestEventsGo() {
    truth(9, 10);
    truth(4, 10);
    truth(8, 10);
    assertThat(told).isEmpty();

    truth(2, 10);
    truth(3, 10);

    assertThat(told).containsExactly("UNMATCHED", "UNMATCHED");
    assertThat(held.truths()).isEqualTo(3);
    answer(4, 5);
    answer(8, 5);
    answer(9, 5);
    assertThat(told).endsWith("1 was 0", "1 was 0", "1 was 0");
  }

  @Test
  void anAnswerIsHeldUntilAllClassesOfItsTimeAreRead() {
    answer(5, 100);
    answer(6, 200);

    assertThat(judging.advance(100 + HOLD_MS - 1, 10)).isTrue();
    assertThat(told).isEmpty();
    assertThat(judging.nextDueMs()).hasValue(100 + HOLD_MS);

    assertThat(judging.advance(100 + HOLD_MS, 10)).isTrue();
    assertThat(told).containsExactly("EXPIRED");
    truth(5, 2_000);
    assertThat(told).containsExactly("EXPIRED", "UNMATCHED");
    assertThat(judging.nextDueMs()).hasValue(200 + HOLD_MS);
  }

  @Test
  void noMoreAreLetGoOfAtOnceThanIsSaid() {
    for (int event = 0; event < 200; event++) {
      answer(event, 1);
    }

    assertThat(judging.advance(10_000, 150)).isFalse();
    assertThat(told).hasSize(150);
    assertThat(judging.advance(10_000, 150)).isTrue();
    assertThat(told).hasSize(200);
    assertThat(judging.nextDueMs()).isEmpty();
    assertThat(answers.size()).isZero();
  }

  @Test
  void itGoesOnFromWhatIsStored() {
    answer(5, 100);
    truth(9, 150);
    ByteBuffer bytes = ByteBuffer.allocate(Held.BYTES);
    held.put(bytes);

    held = Held.get(bytes.flip());
    judging = judging(3);
    truth(5, 101);
    answer(4, 200);
    answer(9, 120);

    assertThat(told).containsExactly("1 was 0", "REPEATED", "1 was 0");
    assertThat(held.answers() + held.truths()).isZero();
  }

  @Test
  void anAnswerWithoutItsRowIsADefect() {
    answer(5, 100);
    answers.delete(ByteBuffer.allocate(8).putLong(5).array());

    assertThatThrownBy(() -> judging.advance(10_000, 10)).isInstanceOf(InvariantException.class);
  }

  @Test
  void anAnswerKeepsItsProbabilitiesToTheBit() {
    double[] probabilities = {Math.nextUp(0.1), 1 - Math.nextUp(0.1), 0};
    Answer read = Answer.of(new Answer(7, 1, probabilities).toBytes());

    assertThat(read.probabilities()).containsExactly(probabilities);
    assertThat(read.atMs()).isEqualTo(7);
    assertThat(read.decision()).isEqualTo(1);
    assertThatThrownBy(() -> new Answer(7, 3, probabilities))
        .isInstanceOf(InvariantException.class);
  }
}
