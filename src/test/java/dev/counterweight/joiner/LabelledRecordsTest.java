package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.joining.Fact;
import dev.counterweight.joining.HeldEvent;
import dev.counterweight.joining.Joined;
import dev.counterweight.joining.Origin;
import dev.counterweight.protocol.InvariantException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelledRecordsTest {
  private final LabelledRecords records = new LabelledRecords(0, List.of("ok", "fraud"));

  @ParameterizedTest
  @ValueSource(
      longs = {0, 7, 9, 10, 99, 100, 1_790_000_000_000L, Long.MAX_VALUE, -1, Long.MIN_VALUE})
  void numbersAreWrittenAsDecimals(long number) {
    assertThat(new String(LabelledRecords.digits(number), UTF_8)).isEqualTo(Long.toString(number));
  }

  @Test
  void anEventOfNoClassIsNotWritten() {
    for (int label : new int[] {-1, 2}) {
      assertThatThrownBy(() -> records.of(joined(label, Joined.NOTHING)))
          .isInstanceOf(InvariantException.class)
          .hasMessageStartingWith(
              "partition 3, offset 5: an event's label is the index of a class: expected 0 to 1,"
                  + " found %d;",
              label);
    }
  }

  @Test
  void anEventThatReplacesItsOwnClassOrNoneIsNotWritten() {
    for (int before : new int[] {-2, 1, 2}) {
      assertThatThrownBy(() -> records.of(joined(1, before)))
          .isInstanceOf(InvariantException.class)
          .hasMessageStartingWith(
              "partition 3, offset 5: what a labelled event of class 1 replaces is another class:"
                  + " expected -1 to 1 and not its own, found %d;",
              before);
    }
  }

  private static Joined joined(int label, int replaces) {
    HeldEvent event = new HeldEvent(new Origin(3, 5), 1_000, new byte[0]);
    return new Joined(new byte[0], event, label, 0, replaces, Fact.MATCHED);
  }
}
