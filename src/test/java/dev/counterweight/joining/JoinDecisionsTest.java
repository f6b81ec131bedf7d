package dev.counterweight.joining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.InvariantException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JoinDecisionsTest {
  private static final int OK = 0;
  private static final JoinRules RULES =
      new JoinRules(100, 10, 0, OK, JoinRules.Conflict.FIRST, JoinRules.Scope.ALL);

  private final List<Joined> written = new ArrayList<>();

  @Test
  void anEventThatIsDecidedTwiceEndsTheRole() {
    KeyRow row = new KeyRow(RowKeys.ofKey(new byte[] {7}), 0);
    KeptEvent event = new KeptEvent(new HeldEvent(new Origin(3, 5), 1_000, new byte[0]));
    Decisions decisions = decisions();

    decisions.decide(row, event, true, JoinClock.UNKNOWN);
    assertThatThrownBy(() -> decisions.decide(row, event, true, JoinClock.UNKNOWN))
        .isInstanceOf(InvariantException.class)
        .hasMessageStartingWith(
            "partition 3, offset 5: an event is written once, and after that corrected: expected"
                + " another class than 0, found EXPIRED, class 0;");

    assertThat(written).hasSize(1);
    assertThat(written.get(0).replaces()).isEqualTo(Joined.NOTHING);
  }

  private Decisions decisions() {
    ApartEvents apart = new ApartEvents(new SortedRows());
    Output output =
        new Output() {
          @Override
          public void write(Joined joined) {
            written.add(joined);
          }

          @Override
          public void tell(Fact fact) {}
        };
    return new Decisions(RULES, new Targets(RULES, apart), apart, output);
  }
}
