package dev.counterweight.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import org.junit.jupiter.api.Test;

class ByClassTest {
  @Test
  void classesStayInOrderAndOneWithoutAValueIsAbsent() {
    assertThat(ByClass.of(List.of("b", "a", "c"), c -> c == 1 ? null : c * 10))
        .containsExactly(entry("b", 0), entry("c", 20));
  }
}
