package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers are read to the double that is nearest. */
class PlainNumberTest {
  private final PlainNumber number = new PlainNumber();

  private double read(String text) {
    byte[] bytes = (" " + text + ",").getBytes(US_ASCII);
    assertThat(number.read(bytes, 1)).as(text).isEqualTo(1 + text.length());
    assertThat(PlainNumber.skip(bytes, 1)).as(text).isEqualTo(1 + text.length());
    return number.value();
  }

  @Property
  void shortestDecimalsOfDoublesAreThoseDoubles(@ForAll long bits) {
    double value = Double.longBitsToDouble(bits);
    if (Double.isFinite(value)) {
      assertThat(read(Double.toString(value))).isEqualTo(value);
    }
  }

  @Property
  void decimalsOfAnyLengthAreRoundedOnce(
      @ForAll @LongRange(min = 0) long digits,
      @ForAll @IntRange(min = 0, max = 40) int point,
      @ForAll @IntRange(min = -400, max = 400) int exponent) {
    String text = BigDecimal.valueOf(digits, point).toPlainString();
    assertThat(read(text)).isEqualTo(Double.parseDouble(text));
    String scaled = "-" + text + "e" + exponent;
    assertThat(read(scaled)).isEqualTo(Double.parseDouble(scaled));
  }

  @Property
  void wholeNumbersAreRoundedOnce(@ForAll BigInteger whole) {
    double read = read(whole.toString());
    assertThat(number.isWhole()).isTrue();
    if (number.isTold()) {
      assertThat(read).isEqualTo(whole.doubleValue());
    }
    assertThat(number.isTold()).isEqualTo(whole.abs().toString().length() <= 18);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0, 0",
    "-0.0, -0.0",
    "0e5, 0",
    "1E+2, 100",
    "9007199254740993.0, 9007199254740992",
    "1e23, 1e23",
    "1e400, Infinity",
    "-1e99999999999999999999, -Infinity",
    "4.9e-324, 4.9e-324",
    "0.1e1, 1",
    "1.0000000000000001, 1"
  })
  void oddOnesAreThere(String text, double value) {
    assertThat(read(text)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "01", "-01", "1.", ".5", "1e", "1e+", "+1", "x", "NaN"})
  void whatIsNoNumberIsNotRead(String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    assertThat(number.read(bytes, 0)).isEqualTo(-1);
    assertThat(PlainNumber.skip(bytes, 0)).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 65})
  void lengthIsBounded(int length) {
    byte[] bytes = "1".repeat(length).getBytes(US_ASCII);
    assertThat(number.read(bytes, 0)).isEqualTo(length == 64 ? 64 : -1);
    assertThat(PlainNumber.skip(bytes, 0)).isEqualTo(length == 64 ? 64 : -1);
  }
}
