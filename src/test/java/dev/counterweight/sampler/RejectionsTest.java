package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RejectionsTest {
  private final List<String> lines = new ArrayList<>();
  private final Rejections rejections = new Rejections("fraud.dead-letters", lines::add);
  private long offset;

  @Test
  void aFloodIsOneLineAMinuteByReasonWithAnExample() {
    for (int transaction = 0; transaction < 600; transaction++) {
      reject(transaction * 100L, Reason.UNKNOWN_LABEL, "label 'maybe'", 1000);
    }
    reject(60_050, Reason.MALFORMED, "not JSON", 1);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0))
        .isEqualTo(
            "1,000 events were rejected, see topic 'fraud.dead-letters': "
                + "1,000 unknown_label (partition 0, offset 0: label 'maybe')");
    assertThat(lines.get(1)).startsWith("599,001 events").contains("1 malformed");
  }

  @Test
  void whatCameWithinTheMinuteIsToldAfterItThoughNoMoreComes() {
    reject(0, Reason.MALFORMED, "not JSON", 1);
    reject(1, Reason.MALFORMED, "not JSON", 3);
    rejections.committed(new Tally(), 59_000);
    assertThat(lines).hasSize(1);
    rejections.committed(new Tally(), 60_000);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(1)).startsWith("3 events were rejected");
  }

  @Test
  void theEndTellsOfAllAndNothingWhereThereWereNone() {
    rejections.end();
    assertThat(lines).isEmpty();
    reject(0, Reason.BAD_FEATURE, "feature 'x' is 'a'", 1);
    Tally flood = new Tally();
    flood.reject(Reason.MALFORMED, 1);
    flood.omitted = 1;
    rejections.committed(flood, 10);
    rejections.end();
    assertThat(lines.get(lines.size() - 1))
        .startsWith("2 of 0 events were rejected in all")
        .contains("1 bad_feature (partition 0, offset 0: feature 'x' is 'a')")
        .endsWith("1 of them not written (dead.letters.max.rate)");
    assertThat(rejections.all()).isEqualTo(Map.of("bad_feature", 1L, "malformed", 1L));
  }

  private void reject(long nowMs, Reason reason, String message, int count) {
    Tally tally = new Tally();
    for (int i = 0; i < count; i++) {
      rejections.add(
          new ConsumerRecord<>("events", 0, offset++, null, new byte[0]),
          new EventRejectedException(reason, message));
      tally.reject(reason, 1);
    }
    rejections.committed(tally, nowMs);
  }
}
