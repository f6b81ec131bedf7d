package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.FailureException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFolderTest {
  @TempDir Path folder;

  @Test
  void aSummaryThatCannotBeWrittenIsRefusedBeforeAnythingStarts() {
    assertThatCode(() -> DemoFolder.requireFolderOf(null)).doesNotThrowAnyException();
    assertThatCode(() -> DemoFolder.requireFolderOf(Path.of("summary.json")))
        .doesNotThrowAnyException();
    assertThatCode(() -> DemoFolder.requireFolderOf(folder.resolve("summary.json")))
        .doesNotThrowAnyException();
    Path nowhere = folder.resolve("nothing").resolve("summary.json");
    assertThatThrownBy(() -> DemoFolder.requireFolderOf(nowhere))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("--summary " + nowhere + " cannot be written");
    assertThatThrownBy(() -> DemoFolder.requireFolderOf(folder))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("must be a file");
  }
}
