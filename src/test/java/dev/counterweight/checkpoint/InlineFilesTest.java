package dev.counterweight.checkpoint;

import static dev.counterweight.checkpoint.StoredCheckpoint.FOREST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.exporting.MadeCheckpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InlineFilesTest {
  private static final String GZIPPED = "forest.safetensors.gz";
  private static final long EVERYTHING = 640 << 10;

  @TempDir Path here;
  @TempDir Path elsewhere;
  private StoredCheckpoint written;
  private byte[] forest = {};

  @BeforeEach
  void write() throws IOException {
    StoredCheckpoint made = new MadeCheckpoint(1).forest(10, 3_000).make();
    SortedMap<String, byte[]> files = new TreeMap<>(made.files());
    files.put(StoredCheckpoint.STATE, new byte[50_000]);
    written = new CheckpointFolder(here, "made", "a").write(made.manifest(), files);
    forest = Objects.requireNonNull(written.files().get(FOREST));
  }

  @Test
  void aForestIsCarriedGzippedAndNothingElse() throws IOException {
    SortedMap<String, String> all = InlineFiles.of(written, EVERYTHING);

    assertThat(all)
        .containsOnlyKeys("checkpoint.json", GZIPPED, "model.safetensors", StoredCheckpoint.STATE);
    assertThat(bytes(all, GZIPPED)).hasSizeLessThan(forest.length / 2);
    assertThat(bytes(all, "model.safetensors")).isEqualTo(written.files().get("model.safetensors"));
    assertThat(InlineFiles.of(written, EVERYTHING)).as("each time alike").isEqualTo(all);
  }

  @Test
  void aForestThatIsCarriedIsReadWithoutAnyFolderBitForBit() throws IOException {
    Announcement parsed =
        Announcement.parse(Announcement.of(written, List.of(), EVERYTHING).toJson());

    StoredCheckpoint whole =
        new Announced(List.of(parsed))
            .newestWhole(new CheckpointFolder(elsewhere, "made", "b"))
            .orElseThrow();
    StoredCheckpoint served = parsed.named().readServed(new CheckpointReader(elsewhere));

    assertThat(whole.files().get(FOREST)).isEqualTo(forest);
    assertThat(served.files().get(FOREST)).isEqualTo(forest);
    assertThat(ServedCheckpoint.forest(served)).isPresent();
    assertThat(ServedCheckpoint.of(served).id()).isEqualTo(ServedCheckpoint.of(written).id());
  }

  @Test
  void anOrderCarriesItLikewise() throws IOException {
    ServingOrder order = ServingOrder.parse(ServingOrder.of(written).toJson());

    assertThat(order.inline()).containsOnlyKeys("checkpoint.json", GZIPPED, "model.safetensors");
    assertThat(order.named().readServed(new CheckpointReader(elsewhere)).files().get(FOREST))
        .isEqualTo(forest);
  }

  @Test
  void whatCountsIsWhatIsCarried() throws IOException {
    SortedMap<String, String> all = InlineFiles.of(written, EVERYTHING);
    long served = 0;
    for (String name : List.of("checkpoint.json", GZIPPED, "model.safetensors")) {
      served += bytes(all, name).length;
    }

    assertThat(InlineFiles.of(written, served + 50_000)).hasSize(4);
    assertThat(InlineFiles.of(written, served + 49_999)).hasSize(3);
    assertThat(InlineFiles.of(written, served)).hasSize(3);
    assertThat(InlineFiles.of(written, served - 1)).isEmpty();
    assertThat(InlineFiles.of(written, bytes(all, GZIPPED).length - 1)).isEmpty();
    assertThat(InlineFiles.of(written, 0)).isEmpty();
    assertThat(InlineFiles.served(written, served)).hasSize(3);
    assertThat(InlineFiles.served(written, served - 1)).isEmpty();
  }

  @Test
  void aForestThatIsCarriedUnderItsOwnNameIsRead() throws IOException {
    SortedMap<String, String> before = new TreeMap<>(InlineFiles.of(written, EVERYTHING));
    before.remove(GZIPPED);
    before.put(FOREST, Base64.getEncoder().encodeToString(forest));

    assertThat(InlineFiles.decode(before, FOREST, forest.length)).isEqualTo(forest);
    assertThat(
            new NamedCheckpoint(written.ref(), before)
                .readServed(new CheckpointReader(elsewhere))
                .files()
                .get(FOREST))
        .isEqualTo(forest);
  }

  @Test
  void whatIsDamagedIsRefusedByNameAndTheFolderTakesItsPlace() throws IOException {
    byte[] whole = bytes(InlineFiles.of(written, EVERYTHING), GZIPPED);
    Map<String, byte[]> damaged = new LinkedHashMap<>();
    byte[] bomb = gzip(new byte[10 << 20]);
    // Whoever read it to its end would find that it is cut.
    damaged.put(
        "has more than " + forest.length + " bytes", Arrays.copyOf(bomb, bomb.length - 100));
    damaged.put("is not whole gzip: Unexpected end", Arrays.copyOf(whole, whole.length / 2));
    damaged.put("is not whole gzip: Not in GZIP format", forest);
    damaged.put("is not whole gzip", new byte[0]);

    for (Map.Entry<String, byte[]> entry : damaged.entrySet()) {
      SortedMap<String, String> inline = new TreeMap<>(InlineFiles.of(written, EVERYTHING));
      inline.put(GZIPPED, Base64.getEncoder().encodeToString(entry.getValue()));
      isRefused(inline, entry.getKey());
    }
    SortedMap<String, String> noBase64 = new TreeMap<>(InlineFiles.of(written, EVERYTHING));
    noBase64.put(GZIPPED, "***");
    isRefused(noBase64, "is not base64");
    noBase64.remove(GZIPPED);
    isRefused(noBase64, FOREST);
  }

  /** A damaged copy is no copy: the folder serves, or there, the checkpoint before trains on. */
  private void isRefused(SortedMap<String, String> inline, String why) throws IOException {
    assertThatThrownBy(() -> InlineFiles.decode(inline, FOREST, forest.length))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(FOREST)
        .hasMessageContaining(why);
    NamedCheckpoint named = new NamedCheckpoint(written.ref(), inline);
    assertThat(named.readServed(new CheckpointReader(here)).files().get(FOREST)).isEqualTo(forest);
    assertThatThrownBy(() -> named.readServed(new CheckpointReader(elsewhere)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why)
        .hasMessageContaining("in the store: checkpoint.json is missing");
    beforeItIsUsed(inline);
  }

  private void beforeItIsUsed(SortedMap<String, String> inline) throws IOException {
    CheckpointFolder other =
        new CheckpointFolder(Files.createTempDirectory(elsewhere, "o"), "made", "b");
    StoredCheckpoint before = other.write(CheckpointFolderTest.manifest("made", 1), files());
    Announcement damaged =
        new Announcement(
            written.ref(), 42, 7, Map.of(), written.location(), List.of(before.ref()), inline);

    assertThat(new Announced(List.of(damaged)).newestWhole(other).orElseThrow().ref())
        .isEqualTo(before.ref());
  }

  private static SortedMap<String, byte[]> files() {
    return new TreeMap<>(Map.of("model.safetensors", new byte[10]));
  }

  private static byte[] bytes(SortedMap<String, String> inline, String name) {
    return Base64.getDecoder().decode(Objects.requireNonNull(inline.get(name)));
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.toByteArray();
  }
}
