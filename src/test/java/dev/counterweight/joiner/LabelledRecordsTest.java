package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelledRecordsTest {
  @ParameterizedTest
  @ValueSource(
      longs = {0, 7, 9, 10, 99, 100, 1_790_000_000_000L, Long.MAX_VALUE, -1, Long.MIN_VALUE})
  void numbersAreWrittenAsDecimals(long number) {
    assertThat(new String(LabelledRecords.digits(number), UTF_8)).isEqualTo(Long.toString(number));
  }
}
