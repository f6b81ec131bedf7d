package dev.counterweight.protocol;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SpanTest {

  @Test
  void spanBeginsWhereTheLastOfItsPartitionEnded() {
    assertThatCode(() -> new Span(7, 9).requireJoins(3, 7)).doesNotThrowAnyException();
    for (long end : new long[] {6, 8}) {
      assertThatThrownBy(() -> new Span(7, 9).requireJoins(3, end))
          .isInstanceOf(InvariantException.class)
          .hasMessageStartingWith(
              "partition 3: a span begins where the last ended: expected %d, found 7;", end);
    }
  }
}
