package dev.counterweight.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Kind;
import dev.counterweight.campaign.ToldLosses.Range;
import java.util.List;
import org.junit.jupiter.api.Test;

class ToldLossesTest {
  private static final String COUNTER =
      "10:00:00.000 WARN  PartitionStart - topic 'e', partition 1: offsets 3 to 5 were deleted"
          + " before they were counted; going on without them, as events.lost=continue says\n";
  private static final String SAMPLER =
      "10:00:00.000 WARN  EventReader - e-1: offsets 3 to 5 were deleted before they were used\n";

  private final History history = new History();

  ToldLossesTest() {
    for (int i = 0; i < 10; i++) {
      Kind kind = i == 4 ? Kind.TOMBSTONE : Kind.GOOD;
      history.event(new Event(new Place(1, i), null, 0, i, kind));
    }
  }

  @Test
  void whatIsToldMayBeMissing() {
    assertThat(ToldLosses.counted(history, 7, COUNTER + COUNTER)).isEmpty();
    assertThat(ToldLosses.used(history, List.of(new Range(1, 3, 5)), SAMPLER)).isEmpty();
  }

  @Test
  void whatIsMissingInSilenceIsFound() {
    assertThat(ToldLosses.counted(history, 8, ""))
        .singleElement()
        .asString()
        .startsWith("COUNTS_EXACT: 8 of 9 events are counted");
    assertThat(ToldLosses.used(history, List.of(new Range(1, 3, 6)), SAMPLER))
        .singleElement()
        .asString()
        .contains("1@6", "is in no span");
  }

  @Test
  void moreToldThanMissingIsFound() {
    assertThat(ToldLosses.counted(history, 8, COUNTER)).hasSize(1);
  }

  @Test
  void nothingIsFoundWhereNothingIsMissing() {
    assertThat(ToldLosses.counted(history, 9, "")).isEmpty();
    assertThat(ToldLosses.used(history, List.of(), "")).isEmpty();
  }
}
