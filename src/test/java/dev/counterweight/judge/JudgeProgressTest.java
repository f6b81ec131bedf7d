package dev.counterweight.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.judging.Fate;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.streams.TaskStore;
import java.util.Objects;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class JudgeProgressTest {
  private static final int ROW = 1;

  private final TaskStore store = new TaskStore(Stores.inMemoryKeyValueStore("judged").get());

  private JudgeProgress stored() {
    JudgeProgress progress = new JudgeProgress(store, 2);
    progress.movedScores(9);
    progress.movedLabels(7);
    progress.judged(1, 0, new double[] {0.6, 0.4});
    progress.store();
    return progress;
  }

  @Test
  void aTaskGoesOnFromWhatIsStored() {
    stored();
    JudgeProgress progress = new JudgeProgress(store, 2);
    assertThat(progress.begins()).isFalse();
    assertThat(progress.nextScore()).isEqualTo(9);
    assertThat(progress.nextLabel()).isEqualTo(7);
    assertThat(progress.fates()).containsEntry(Fate.JUDGED, 1L);
    assertThat(progress.figures().count(1, 0)).isOne();
  }

  @Test
  void neitherScoresNorLabelsGoBack() {
    JudgeProgress progress = stored();
    assertThatThrownBy(() -> progress.movedScores(8))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("the next offset of the scores never falls: expected at least 9");
    assertThatThrownBy(() -> progress.movedLabels(6))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("the next offset of the labels never falls: expected at least 7");
  }

  @Test
  void progressOfAnotherFormatIsNotRead() {
    stored();
    byte[] row = Objects.requireNonNull(store.progress(ROW));
    row[0] = 2;
    store.putProgress(ROW, row);
    assertThatThrownBy(() -> new JudgeProgress(store, 2))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("a task's progress is of a known format: expected 1, found 2");
  }

  @Test
  void whatWasJudgedIsAsManyByClassAndDecision() {
    JudgeProgress progress = stored();
    progress.judged(0, 0, new double[] {0.9, 0.1}); // its cell is written, the progress is not
    assertThatThrownBy(() -> new JudgeProgress(store, 2))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("events judged, by class and decision: expected 1, found 2");
  }

  @Test
  void aRoutedLabelOfNoKnownKindIsNotRead() {
    byte[] mark = RoutedLabel.mark(3, 5, 7);
    assertThat(RoutedLabel.of(mark).offset()).isEqualTo(5);
    mark[0] = 3;
    assertThatThrownBy(() -> RoutedLabel.of(mark))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("a routed label is of a known kind: expected 1 or 2, found 3");
  }
}
