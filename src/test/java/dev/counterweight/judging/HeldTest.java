package dev.counterweight.judging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldTest {
  @Test
  void nothingIsLetGoThatIsNotHeld() {
    Held held = new Held();
    held.answerKept(3);
    held.answerGone();
    assertThatThrownBy(held::answerGone)
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("answers that wait: expected at least one to let go, found 0");
    assertThatThrownBy(held::truthGone)
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("classes that wait: expected at least one to let go, found 0");
  }

  @Test
  void whatIsHeldIsReadAsItWasWritten() {
    Held held = new Held();
    held.answerKept(3);
    held.truthKept(8);
    ByteBuffer bytes = ByteBuffer.allocate(Held.BYTES);
    held.put(bytes);
    ByteBuffer again = ByteBuffer.allocate(Held.BYTES);
    Held.get(bytes.flip()).put(again);
    assertThat(again.flip()).isEqualTo(bytes.rewind());
  }

  /** Answers, classes, and where the next is. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void fewerThanNoneAreNotRead(int which) {
    ByteBuffer bytes = ByteBuffer.allocate(Held.BYTES).putLong(which * Long.BYTES, -1);
    assertThatThrownBy(() -> Held.get(bytes))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("what a judging holds: expected at least 0 each");
  }
}
