package dev.counterweight.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.checkpoint.Announcement.Ref;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointReaderTest {
  @TempDir Path here;

  private StoredCheckpoint write() throws IOException {
    return new CheckpointFolder(here, "fraud", "a")
        .write(
            CheckpointFolderTest.manifest("fraud", 1),
            new TreeMap<>(
                Map.of("model.safetensors", new byte[10], "state.safetensors", new byte[20])));
  }

  @Test
  void makesNothingInAFolderNorTheFolderItself() throws IOException {
    Path absent = here.resolve("absent");

    assertThatThrownBy(() -> new CheckpointReader(absent).read(new Ref("step-1", "00")))
        .isInstanceOf(IOException.class)
        .hasMessage("checkpoint.json is missing");

    assertThat(absent).doesNotExist();
  }

  @Test
  void whatIsServedIsReadWithoutWhatIsNot() throws IOException {
    StoredCheckpoint written = write();
    Files.delete(Path.of(written.location(), "state.safetensors"));
    CheckpointReader reader = new CheckpointReader(here);

    StoredCheckpoint served = reader.readServed(written.ref());

    assertThat(served.files()).containsOnlyKeys("model.safetensors");
    assertThat(served.location()).isEqualTo(written.location());
    assertThat(reader.readManifest(written.ref())).isEqualTo(written.manifest());
    assertThatThrownBy(() -> reader.read(written.ref())).hasMessage("state.safetensors is missing");
  }

  @Test
  void aModelThatWasChangedIsNotServed() throws IOException {
    StoredCheckpoint written = write();
    Files.write(
        Path.of(written.location(), "model.safetensors"),
        new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 0});
    CheckpointReader reader = new CheckpointReader(here);

    assertThatThrownBy(() -> reader.readServed(written.ref()))
        .hasMessage("model.safetensors has another SHA-256 than when it was written");
    assertThatThrownBy(() -> reader.readServed(new Ref(written.ref().name(), "0".repeat(64))))
        .hasMessage("checkpoint.json is not the one announced");
  }
}
