package dev.counterweight.joiner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.joining.Fact;
import dev.counterweight.joining.Side;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.streams.TaskStore;
import java.util.Objects;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TaskProgressTest {
  private static final int ROW = 1;

  private final TaskStore store = new TaskStore(Stores.inMemoryKeyValueStore("joined").get());

  @BeforeEach
  void aTaskHasJoined() {
    TaskProgress progress = new TaskProgress("fraud", store);
    progress.moved(Side.LABELS, 7);
    progress.add(Fact.USED);
    progress.store();
  }

  @Test
  void aTaskGoesOnFromWhatIsStored() {
    TaskProgress progress = new TaskProgress("fraud", store);

    assertThat(progress.next(Side.LABELS)).isEqualTo(7);
    assertThat(progress.next(Side.EVENTS)).isEqualTo(TaskProgress.NEVER);
    assertThat(progress.facts()).containsEntry(Fact.USED, 1L).containsEntry(Fact.LATE, 0L);
  }

  @Test
  void aSideNeverGoesBack() {
    TaskProgress progress = new TaskProgress("fraud", store);
    progress.moved(Side.LABELS, 7);
    assertThatThrownBy(() -> progress.moved(Side.LABELS, 6))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("the next offset of the labels never falls: expected at least 7");
  }

  @Test
  void anEventThatIsHeldInNoKnownFormatIsNotRead() {
    assertThatThrownBy(() -> HeldBody.of(new byte[] {3, 0}, new byte[] {1}))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("a held event is of a known format: expected 1 or 2, found 3");
  }

  @Test
  void stateOfAnOlderBuildIsRefusedWithTheWayOut() {
    isOfFormat(1);

    assertThatThrownBy(() -> new TaskProgress("fraud", store))
        .isExactlyInstanceOf(FailureException.class)
        .hasMessageStartingWith(
            "the joiner of job 'fraud' has state of format 1: it must be of format 2. ")
        .hasMessageContaining("Start a new job under another name")
        .hasMessageContaining("'fraud.*', labels.state.dir")
        .hasMessageEndingWith("anew from events.start.");
  }

  @Test
  void stateOfANewerBuildIsRefusedAndLeftToIt() {
    isOfFormat(3);

    assertThatThrownBy(() -> new TaskProgress("fraud", store))
        .isExactlyInstanceOf(FailureException.class)
        .hasMessage(
            "the joiner of job 'fraud' has state of format 3: it must be of format 2. A newer build"
                + " wrote it: start that one again. Nothing is lost.");
  }

  private void isOfFormat(int format) {
    byte[] row = Objects.requireNonNull(store.progress(ROW)).clone();
    row[0] = (byte) format;
    store.putProgress(ROW, row);
  }
}
