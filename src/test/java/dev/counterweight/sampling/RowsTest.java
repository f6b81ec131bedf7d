package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.InvariantException;
import org.junit.jupiter.api.Test;

class RowsTest {
  private final Rows rows = new Rows(1, 2, false);

  @Test
  void drawsThatPayAnotherSumThanTheirPlanGaveEndTheRole() {
    rows.add(0, 0.1, 0, 5, true, new float[] {1}, 0);
    rows.add(1, 2.5, 0, 6, true, new float[] {2}, 0);
    assertThat(rows.draws(new int[] {1, 0}).lossWeight()).containsExactly(2.5f, 0.1f);
    assertThatThrownBy(() -> rows.draws(new int[] {1, 1}))
        .isInstanceOf(InvariantException.class)
        .hasMessageStartingWith(
            "class 0: the loss weights of a record's draws sum up to what the plan gives: expected"
                + " 0.1, found 0.0;");
  }

  @Test
  void weightsTooSmallForAFloatAreWrittenAsTheNearest() {
    rows.add(0, 1e-50, 0, 5, true, new float[] {1}, 0);
    rows.add(1, 3e-45, 0, 6, true, new float[] {2}, 0);

    assertThat(rows.draws(new int[] {0, 1}).lossWeight()).containsExactly(0, (float) 3e-45);
  }

  @Test
  void labelThatIsNoClassEndsTheRole() {
    for (int label : new int[] {-1, 2}) {
      assertThatThrownBy(() -> rows.add(label, 1, 3, 5, true, new float[] {1}, 0))
          .isInstanceOf(InvariantException.class)
          .hasMessageStartingWith(
              "partition 3, offset 5: an event's label is the index of a class: expected 0 to 1,"
                  + " found %d;",
              label);
    }
  }
}
