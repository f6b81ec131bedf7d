package dev.counterweight.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JoinedLabelTest {
  private static JoinedLabel read(Map<String, String> headers) {
    return JoinedLabel.of(
        name -> headers.containsKey(name) ? headers.get(name).getBytes(UTF_8) : null);
  }

  private static Map<String, String> headers() {
    return new TreeMap<>(
        Map.of(
            LabelledHeaders.ORIGIN_PARTITION,
            "3",
            LabelledHeaders.ORIGIN_OFFSET,
            "5000000000",
            LabelledHeaders.LABEL,
            "fraud"));
  }

  @Test
  void whatAJoinerWritesIsRead() {
    assertThat(read(headers())).isEqualTo(new JoinedLabel(3, 5_000_000_000L, "fraud", false));
  }

  @ParameterizedTest
  @CsvSource({
    "cw.origin.partition, -1, a number from 0 to 2147483647",
    "cw.origin.partition, 2147483648, a number from 0 to 2147483647",
    "cw.origin.offset, five, a number from 0 to 9223372036854775807",
    "cw.origin.offset, 9223372036854775808, a number from 0 to 9223372036854775807",
  })
  void aPlaceThatNoEventStandsInIsNotTaken(String header, String value, String rule) {
    Map<String, String> headers = headers();
    headers.put(header, value);
    assertThatThrownBy(() -> read(headers))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining(
            "header '%s' of a labelled event: expected %s, found %s;", header, rule, value);
  }

  @Test
  void aHeaderThatIsMissingIsNamed() {
    for (String header : headers().keySet()) {
      Map<String, String> headers = headers();
      headers.remove(header);
      assertThatThrownBy(() -> read(headers))
          .isInstanceOf(InvariantException.class)
          .hasMessageContaining(
              "header '%s' of a labelled event: expected there, found none;", header);
    }
  }
}
