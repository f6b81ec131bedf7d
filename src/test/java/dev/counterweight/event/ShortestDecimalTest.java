package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShortestDecimalTest {

  /** As Python's {@code format(Decimal(repr(x)).normalize(), "f")} gives them. */
  @ParameterizedTest
  @CsvSource({
    "0.1, 0.1",
    "-2.50, -2.5",
    "1e21, 1000000000000000000000",
    "2e23, 200000000000000000000000",
    "-2.5665752828475363E17, -256657528284753630",
    "1.5e-7, 0.00000015",
    "0.30000000000000004, 0.30000000000000004",
  })
  void aNumberIsItsShortestDecimalOnEveryRuntime(double value, String expected) {
    assertThat(ShortestDecimal.of(value)).isEqualTo(expected);
  }

  /** As numpy's {@code format(Decimal(str(numpy.float32(x))).normalize(), "f")} gives them. */
  @ParameterizedTest
  @CsvSource({"0.1, 0.1", "1.1, 1.1", "3.4028235e38, 340282350000000000000000000000000000000"})
  void aNumberOf32BitsToo(float value, String expected) {
    assertThat(ShortestDecimal.of(value)).isEqualTo(expected);
  }

  @Test
  void theLeastNumbersAreShortToo() {
    assertThat(ShortestDecimal.of(Double.MIN_VALUE)).endsWith("0005").hasSize(326);
    assertThat(ShortestDecimal.of(Float.MIN_VALUE)).endsWith("0001").hasSize(47);
  }

  @Test
  void whatIsNoDecimalKeepsItsName() {
    assertThat(ShortestDecimal.of(Double.NaN)).isEqualTo("NaN");
    assertThat(ShortestDecimal.of(Float.NEGATIVE_INFINITY)).isEqualTo("-Infinity");
  }
}
