package dev.counterweight.letters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.letters.DeadLetter.Fate;
import java.util.BitSet;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class ReplayedLettersTest {
  @Test
  void allOfThemAreTheOffsetAlone() {
    ReplayedLetters replayed = ReplayedLetters.of(null);
    replayed.add("bad_time", 0, 50);
    replayed.add("malformed", 10, 50);
    replayed.advance(50);

    assertThat(replayed.committed()).isEqualTo(new OffsetAndMetadata(50, ""));
    assertThat(contains(replayed, "anything", Fate.FIT, 49)).isTrue();
    assertThat(contains(replayed, "anything", Fate.FIT, 50)).isFalse();
    assertThat(contains(replayed, "anything", Fate.SPENT, 49)).isFalse();
  }

  @Test
  void thoseOfOneReasonAreSpansThatComeBackFromTheirText() {
    ReplayedLetters replayed = ReplayedLetters.of(new OffsetAndMetadata(5));
    replayed.add("bad_time", 5, 50);
    replayed.add("bad_time", 80, 90);
    replayed.add("malformed!", 0, 9);
    replayed.advance(7);

    assertThat(replayed.committed())
        .isEqualTo(new OffsetAndMetadata(7, "bad_time=5-50,80-90;malformed!=0-9"));
    ReplayedLetters again = ReplayedLetters.of(replayed.committed());
    assertThat(again.committed()).isEqualTo(replayed.committed());
    assertThat(contains(again, "bad_time", Fate.FIT, 49)).isTrue();
    assertThat(contains(again, "bad_time", Fate.FIT, 50)).isFalse();
    assertThat(contains(again, "bad_time", Fate.FIT, 80)).isTrue();
    assertThat(contains(again, "bad_time", Fate.SPENT, 80)).isFalse();
    assertThat(contains(again, "malformed", Fate.SPENT, 8)).isTrue();
    assertThat(contains(again, "malformed", Fate.FIT, 8)).isFalse();

    again.advance(60);
    assertThat(again.committed().metadata()).isEqualTo("bad_time=80-90;malformed!=0-9");
  }

  @Test
  void spansThatTouchOrOverlapAreOne() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      ReplayedLetters replayed = ReplayedLetters.of(null);
      BitSet expected = new BitSet();
      for (int i = 0; i < 8; i++) {
        int from = random.nextInt(60);
        int to = from + 1 + random.nextInt(12);
        replayed.add("bad_time", from, to);
        expected.set(from, to);
      }
      ReplayedLetters again = ReplayedLetters.of(replayed.committed());
      for (int offset = 0; offset < 75; offset++) {
        assertThat(contains(again, "bad_time", Fate.FIT, offset)).isEqualTo(expected.get(offset));
      }
      assertThat(replayed.committed().metadata().split(",")).hasSize(runs(expected));
    }
  }

  @Test
  void moreThanAnOffsetHoldsIsRefusedAndSoIsWhatAnotherWrote() {
    ReplayedLetters replayed = ReplayedLetters.of(null);
    for (int i = 0; i < 1_000; i++) {
      replayed.add("bad_time", 2L * i, 2L * i + 1);
    }
    assertThatThrownBy(replayed::committed).hasMessageContaining("without --reason and --since");
    for (String text : new String[] {"x", "bad_time=", "bad_time=5", "a=b=1-2", "a=1-z"}) {
      assertThatThrownBy(() -> ReplayedLetters.of(new OffsetAndMetadata(1, text)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static int runs(BitSet set) {
    int runs = 0;
    for (int from = set.nextSetBit(0); from >= 0; from = set.nextSetBit(set.nextClearBit(from))) {
      runs++;
    }
    return runs;
  }

  private static boolean contains(ReplayedLetters replayed, String reason, Fate fate, long offset) {
    ConsumerRecord<byte[], byte[]> record =
        new ConsumerRecord<>("fraud.dead-letters", 0, offset, null, null);
    return replayed.contains(new DeadLetter(record, reason, "", null, 0, null), fate);
  }
}
