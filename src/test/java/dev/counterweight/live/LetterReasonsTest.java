package dev.counterweight.live;

import static dev.counterweight.live.Jobs.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.live.LetterReasons.OfReason;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LetterReasonsTest {
  private final LetterReasons reasons = new LetterReasons(Set.of("amount", "card.amount", "label"));

  @Test
  void anExampleNamesFieldAndPlaceAndNothingThatTheEventHeld() {
    reasons.take(Jobs.letter(NOON, "bad_feature", "feature 'amount' is 1e99: must be a number"));
    reasons.take(
        Jobs.letter(
            NOON + 1, "bad_feature", "feature 'card.amount' is 'Jane Doe': must be a number"));
    reasons.take(Jobs.letter(NOON, "malformed", "no Avro of 'Payment': 'Jane Doe' at byte 3"));

    assertThat(reasons.all())
        .containsExactly(
            new OfReason(
                "bad feature",
                2,
                "card.amount",
                "events.features",
                "payments, partition 2, offset 4711",
                NOON + 1),
            new OfReason(
                "malformed", 1, null, "events.format", "payments, partition 2, offset 4711", NOON));
    assertThat(reasons.all().toString()).doesNotContain("Jane");
  }

  @Test
  void recordsOfOthersAreBoundedAndCountedAsWithoutAReason() {
    for (int i = 0; i < 200; i++) {
      reasons.take(Jobs.letter(NOON, "<b>" + i, "x"));
      reasons.take(Jobs.letter(NOON, "made_" + (char) ('a' + i % 26) + (char) ('a' + i / 26), "x"));
    }

    assertThat(reasons.all()).hasSizeLessThanOrEqualTo(24);
    assertThat(reasons.all().get(0).reason()).isEqualTo("no reason given");
    assertThat(reasons.all().get(0).count()).isEqualTo(200);
  }
}
