package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalTest {
  private static final EventSchema SCHEMA =
      new EventSchema(List.of("a"), "label", List.of("no", "yes"), "at", "cost");

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "+1", "1.5", ".5", "2.", "1e3", "1E-3", "-.5e+07", " 7 "})
  void aDecimalNumberWithAnOptionalExponentIsRead(String text) {
    assertThat(Decimal.parse(text)).isEqualTo(Double.parseDouble(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "30d", "1f", "1F", "2D", "0x1p3", "0x10", "NaN", "-Infinity", "Infinity", "inf", "", " ",
            ".",
        "-", "+", "1e", "1e+", "e3", ".e3", "1,5", "1_000", "1 000", "--1", "1.2.3", "\u0663", "1L",
        "0b1", "1\u00a0", "1%"
      })
  void whatIsNoDecimalNumberIsRefusedInEveryField(String text) {
    assertThat(Decimal.is(text)).isFalse();
    assertThatThrownBy(() -> Decimal.parse(text)).isInstanceOf(NumberFormatException.class);
    EventDecoder csv = EventFormat.CSV.decoder(SCHEMA);
    String quoted = '"' + text + '"';
    assertThatThrownBy(
            () -> csv.features(RawEvent.of(bytes(quoted + ",no,1,1"), 0), new float[1], 0))
        .isInstanceOf(EventRejectedException.class);
    assertThatThrownBy(() -> csv.head(RawEvent.of(bytes("1,no," + quoted + ",1"), 5)))
        .isInstanceOf(EventRejectedException.class);
    assertThatThrownBy(() -> csv.head(RawEvent.of(bytes("1,no,1," + quoted), 5)))
        .isInstanceOf(EventRejectedException.class);
  }

  @Property(tries = 300)
  void everyNumberThatComputersWriteIsRead(@ForAll double number, @ForAll BigDecimal large) {
    if (Double.isFinite(number)) {
      assertThat(Decimal.parse(Double.toString(number))).isEqualTo(number);
    }
    assertThat(Decimal.parse(large.toString())).isEqualTo(large.doubleValue());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
