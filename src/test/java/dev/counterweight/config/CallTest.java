package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallTest {

  @Test
  void aNameStandsAloneOrWithArguments() {
    assertThat(Call.parse(" none ")).contains(new Call("none", List.of()));
    assertThat(Call.parse("fixed( 1 ,20)")).contains(new Call("fixed", List.of("1", "20")));
    assertThat(Call.parse("recall(\"a, \"\"b\"\"\",0.9)"))
        .contains(new Call("recall", List.of("a, \"b\"", "0.9")));
  }

  @Test
  void parenthesesOfANameAreItsOwn() {
    assertThat(Call.parse("recall(a (b),0.9)"))
        .contains(new Call("recall", List.of("a (b)", "0.9")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "(1)", "power(1", "power)1(", "power(1)2", "recall(\"a,0.9)"})
  void otherTextsAreNone(String text) {
    assertThat(Call.parse(text)).isEmpty();
  }

  @Test
  void argumentsAreNumbersIfAllOfThemAre() {
    assertThat(new Call("fixed", List.of("1", "2e1")).numbers())
        .hasValueSatisfying(numbers -> assertThat(numbers).containsExactly(1, 20));
    assertThat(new Call("fixed", List.of("1", "0x2")).numbers()).isEmpty();
    assertThat(new Call("fixed", List.of("")).numbers()).isEmpty();
  }
}
