package dev.counterweight.quality;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.PurchaseFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same events, in whatever format they come, are the same to a job: three categories, two
 * fields that may be missing, a time, nested. {@code -Dcounterweight.events=50000} takes more of
 * them. Format float32 has no room for such events.
 */
class FormatsTest {
  private static final int EVENTS = Integer.getInteger("counterweight.events", 2_000);

  @TempDir Path folder;

  @Test
  void theSameEventsGiveTheSameCountsBatchesAndCheckpointsInEveryFormat() throws IOException {
    assertAlike(List.of(PurchaseFormat.values()), false);
  }

  @Test
  void andSoDoArraysWhereverTheyCanStand() throws IOException {
    assertAlike(Stream.of(PurchaseFormat.values()).filter(PurchaseFormat::hasTags).toList(), true);
  }

  private void assertAlike(List<PurchaseFormat> formats, boolean tags) throws IOException {
    Map<PurchaseFormat, Map<String, String>> all = new LinkedHashMap<>();
    for (PurchaseFormat format : formats) {
      Path own = Files.createDirectories(folder.resolve(format + "-" + tags));
      all.put(format, new Oracle(new PurchaseJob(format, tags, EVENTS, own), own).all());
    }
    Map<String, String> first = all.get(formats.get(0));
    assertThat(first)
        .containsKeys(
            "snapshots", "batches", "model.safetensors", "state.safetensors", "checkpoint.json");
    assertThat(first).doesNotContainKey("dead-letters");
    all.forEach((format, digests) -> assertThat(digests).as("%s", format).isEqualTo(first));
  }
}
