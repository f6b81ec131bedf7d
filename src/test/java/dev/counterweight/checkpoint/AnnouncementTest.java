package dev.counterweight.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.checkpoint.Announcement.Ref;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnnouncementTest {
  private static final long EVERYTHING = 1 << 20;

  @TempDir Path here;
  @TempDir Path elsewhere;
  private StoredCheckpoint written;
  private CheckpointFolder other;

  @BeforeEach
  void write() throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put("model.safetensors", new byte[100]);
    files.put("optimizer.safetensors", new byte[10_000]);
    files.put("state.safetensors", "state".getBytes(StandardCharsets.UTF_8));
    written =
        new CheckpointFolder(here, "fraud", "a")
            .write(CheckpointFolderTest.manifest("fraud", 1), files);
    other = new CheckpointFolder(elsewhere, "fraud", "b");
  }

  @Test
  void aFolderThatIsElsewhereIsReplacedByTheAnnouncementsCopy() {
    Announcement announcement =
        Announcement.parse(announce(InlineFiles.of(written, EVERYTHING)).toJson());

    StoredCheckpoint read = new Announced(List.of(announcement)).newestWhole(other).orElseThrow();

    assertThat(read.ref()).isEqualTo(written.ref());
    assertThat(read.manifest()).isEqualTo(written.manifest());
    written
        .files()
        .forEach((name, bytes) -> assertThat(read.files().get(name)).as(name).isEqualTo(bytes));
  }

  @Test
  void whatDoesNotFitWholeCarriesItsModelAlone() {
    long manifest = written.manifest().toJson().length;

    assertThat(InlineFiles.of(written, manifest + 10_105)).hasSize(4);
    assertThat(InlineFiles.of(written, manifest + 10_104))
        .containsOnlyKeys("checkpoint.json", "model.safetensors");
    assertThat(InlineFiles.of(written, manifest + 100)).hasSize(2);
    assertThat(InlineFiles.of(written, manifest + 99)).isEmpty();
    assertThat(InlineFiles.of(written, 0)).isEmpty();
  }

  @Test
  void noSettingMakesAnAnnouncementLargerThanARecordMayBe() throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put("model.safetensors", new byte[400_000]);
    files.put("optimizer.safetensors", new byte[200_000]);
    StoredCheckpoint large =
        new CheckpointFolder(here, "fraud", "a")
            .write(CheckpointFolderTest.manifest("fraud", 2), files);
    List<Ref> earlier =
        Collections.nCopies(
            2_000 - 1,
            new Ref(CheckpointName.of(1L << 58, "w".repeat(100), 99).name(), "0".repeat(64)));

    Announcement few = Announcement.of(large, List.of(), 640 << 10);
    Announcement many = Announcement.of(large, earlier, 640 << 10);

    assertThat(few.inline()).hasSize(3);
    assertThat(few.toJson()).hasSizeLessThan(Announcement.MAX_BYTES);
    assertThat(many.toJson()).hasSizeLessThan(Announcement.MAX_BYTES);
    assertThat(many.inline()).containsOnlyKeys("checkpoint.json", "model.safetensors");
    assertThat(Announcement.of(written, earlier, 640 << 10).inline()).hasSize(4);
  }

  @Test
  void metricsThatFillARecordAreLeftToTheCheckpoint() {
    Map<String, Object> metrics = Map.of("recall", "x".repeat(Announcement.MAX_BYTES));
    StoredCheckpoint told =
        new StoredCheckpoint(
            written.ref(),
            written.location(),
            CheckpointFolderTest.manifest("fraud", 1, metrics),
            written.files());

    Announcement announcement = Announcement.of(told, List.of(), 640 << 10);

    assertThat(announcement.toJson()).hasSizeLessThan(Announcement.MAX_BYTES);
    assertThat(announcement.checkpoint()).isEqualTo(written.ref());
  }

  @Test
  void aModelAloneIsNotTrainedOn() {
    SortedMap<String, String> model = InlineFiles.of(written, 5_000);
    assertThat(model).hasSize(2);

    assertThat(new Announced(List.of(announce(model))).newestWhole(other)).isEmpty();
  }

  @Test
  void aDamagedCopyIsNotUsed() {
    SortedMap<String, String> flipped = new TreeMap<>(InlineFiles.of(written, EVERYTHING));
    byte[] bytes = new byte[100];
    bytes[99] = 1;
    flipped.put("model.safetensors", Base64.getEncoder().encodeToString(bytes));
    SortedMap<String, String> noBase64 = new TreeMap<>(flipped);
    noBase64.put("model.safetensors", "***");

    for (SortedMap<String, String> inline : Arrays.asList(flipped, noBase64)) {
      assertThat(new Announced(List.of(announce(inline))).newestWhole(other)).isEmpty();
    }
  }

  @Test
  void announcementsFromBeforeThereWereCopiesAreRead() {
    String json = new String(announce(new TreeMap<>()).toJson(), StandardCharsets.UTF_8);

    assertThat(json).doesNotContain("inline");
    assertThat(Announcement.parse(json.getBytes(StandardCharsets.UTF_8)).inline()).isEmpty();
  }

  private Announcement announce(SortedMap<String, String> inline) {
    Ref ref = written.ref();
    return new Announcement(ref, 1, 1, Map.of(), written.location(), List.of(), inline);
  }
}
