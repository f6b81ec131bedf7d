package dev.counterweight.trainer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.checkpoint.Announced;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an earlier version wrote is read by this one: a checkpoint with its announcement, a batch
 * record and a snapshot of class weights, as kept in the folders of {@code golden}: {@code
 * format-1}, before schemas had a hash, and {@code flat-events}, before events had paths and types.
 * {@link #main} writes such a folder; a new form gets one beside these.
 */
class GoldenFormatTest {
  private static final String FLAT = "/golden/flat-events/";

  /** Arithmetic differs in the last bits from one processor to the next. */
  private static final double NEARLY = 1e-4;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"/golden/format-1/", FLAT})
  void anEarlierCheckpointIsTrainedOn(String form) throws IOException {
    unzip(form);
    Announcement announcement = Announcement.parse(bytes(form + "announcement.json"));

    StoredCheckpoint found =
        new Announced(List.of(announcement))
            .newestWhole(new CheckpointFolder(folder, "golden", "a"))
            .orElseThrow();

    new CheckpointFit(job().config()).require(found.manifest());
    try (TrainingRun run = new TrainingRun(job().config())) {
      run.restore(found.ref().name(), found.files());
      assertThat(run.steps())
          .isEqualTo(announcement.step())
          .isEqualTo(found.manifest().position().step());
      found.files().forEach((file, bytes) -> assertHolds(run.files().get(file), bytes));
      assertThat(run.train(TrainerJob.batch(2)).steps()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/golden/format-1/", FLAT})
  void anEarlierBatchRecordIsReadToTheBit(String form) throws IOException {
    MiniBatch read = MiniBatchFormat.read(bytes(form + "batch.safetensors"));

    MiniBatch wanted = TrainerJob.batch(0);
    assertThat(read.draws().features()).isEqualTo(wanted.draws().features());
    assertThat(read.draws().labels()).isEqualTo(wanted.draws().labels());
    assertThat(read.draws().lossWeight()).isEqualTo(wanted.draws().lossWeight());
    assertThat(read.evaluation().weights()).isEqualTo(wanted.evaluation().weights());
    assertThat(read.classWeight()).isEqualTo(wanted.classWeight());
    assertThat(read.origin()).isEqualTo(wanted.origin());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/golden/format-1/", FLAT})
  void anEarlierSnapshotOfClassWeightsIsRead(String form) throws IOException {
    Snapshot read = SnapshotJson.read(bytes(form + "class-weights.json"));

    assertThat(read).usingRecursiveComparison().isEqualTo(weights());
  }

  @Test
  void aCheckpointOfFlatEventsGoesOnToWhereItsOwnVersionCame() throws IOException {
    unzip(FLAT);
    Announcement announcement = Announcement.parse(bytes(FLAT + "announcement.json"));
    StoredCheckpoint found =
        new Announced(List.of(announcement))
            .newestWhole(new CheckpointFolder(folder, "golden", "a"))
            .orElseThrow();

    try (TrainingRun run = new TrainingRun(job().config());
        ZipInputStream later = new ZipInputStream(open(FLAT + "trained-on.zip"))) {
      run.restore(found.ref().name(), found.files());
      run.train(TrainerJob.batch(2));
      run.train(TrainerJob.batch(3));

      for (ZipEntry file = later.getNextEntry(); file != null; file = later.getNextEntry()) {
        assertNearly(requireNonNull(run.files().get(file.getName())), later.readAllBytes());
      }
    }
  }

  @Test
  void whatIsWrittenOfFlatNumbersIsWhatAlwaysWas() throws IOException {
    MiniBatch batch = TrainerJob.batch(0);
    MiniBatch again =
        Batches.with(batch, TrainerJob.again(batch.draws()), batch.evaluation(), batch.origin());
    assertThat(MiniBatchFormat.write(again, 4)).isEqualTo(bytes(FLAT + "batch.safetensors"));
    assertThat(SnapshotJson.write(weights())).isEqualTo(bytes(FLAT + "class-weights.json"));
    unzip(FLAT);
    Announcement announcement = Announcement.parse(bytes(FLAT + "announcement.json"));
    StoredCheckpoint found =
        new Announced(List.of(announcement))
            .newestWhole(new CheckpointFolder(folder, "golden", "a"))
            .orElseThrow();
    try (TrainingRun run = new TrainingRun(job().config())) {
      run.restore(found.ref().name(), found.files());

      assertThat(run.files()).containsExactlyInAnyOrderEntriesOf(found.files());
    }
  }

  private static void assertNearly(byte[] bytes, byte[] golden) {
    SafeTensors now = SafeTensors.parse(bytes);
    SafeTensors then = SafeTensors.parse(golden);
    assertThat(now.tensors().keySet()).isEqualTo(then.tensors().keySet());
    then.tensors()
        .forEach(
            (name, tensor) ->
                assertThat(now.tensor(name))
                    .as(name)
                    .usingRecursiveComparison()
                    .withEqualsForType(GoldenFormatTest::nearly, Float.class)
                    .withEqualsForType(GoldenFormatTest::nearly, Double.class)
                    .isEqualTo(tensor));
  }

  private static boolean nearly(Number a, Number b) {
    double least = Math.max(1, Math.abs(b.doubleValue()));
    return Math.abs(a.doubleValue() - b.doubleValue()) <= NEARLY * least
        || a.equals(b); // NaN, infinite
  }

  /**
   * Every tensor of {@code golden} is in {@code bytes}, the same; others may have come since. The
   * window of an earlier state lacks scores that today's has, and begins anew.
   */
  private static void assertHolds(byte @org.jspecify.annotations.Nullable [] bytes, byte[] golden) {
    SafeTensors now = SafeTensors.parse(requireNonNull(bytes));
    SafeTensors.parse(golden)
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (!name.startsWith("evaluation.window.")) {
                assertThat(now.tensor(name)).as(name).usingRecursiveComparison().isEqualTo(tensor);
              }
            });
  }

  private void unzip(String form) throws IOException {
    try (ZipInputStream zip = new ZipInputStream(open(form + "checkpoint.zip"))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = folder.resolve(entry.getName());
        Files.createDirectories(requireNonNull(file.getParent()));
        Files.write(file, zip.readAllBytes());
      }
    }
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in = open(name)) {
      return in.readAllBytes();
    }
  }

  private static InputStream open(String name) {
    return requireNonNull(GoldenFormatTest.class.getResourceAsStream(name), name);
  }

  private static TrainerJob job() {
    // By the rule of those times, on which drift and recall rest.
    return new TrainerJob("localhost:1", "golden", Path.of("unused"))
        .ofOneNetwork()
        .with("decision", "argmax-scores");
  }

  private static Snapshot weights() {
    return new Snapshot(
        "golden",
        7,
        1_700_000_000_000L,
        List.of("ok", "fraud"),
        new ClassCounts(
            new long[] {9_007_199_254_740_993L, 1},
            new double[] {0.1, 1e-300},
            new double[] {2, 3}),
        new double[] {0.9, 0.1},
        new double[] {0.5555555555555556, 5},
        new Snapshot.Formula("balanced", Map.of("weights.max.ratio", 10_000.0)),
        new Snapshot.Offsets(
            new TreeMap<>(Map.of(0, 10L, 12, 20L)),
            new TreeMap<>(Map.of(0, 0L, 12, 5L)),
            new TreeMap<>(Map.of(0, 11L))),
        new StreamIdentity("cluster-1", "topic-1"),
        null);
  }

  /** Writes the files of today's form. Argument: where to. */
  public static void main(String[] args) throws IOException {
    Path to = Files.createDirectories(Path.of(args[0]));
    Files.write(to.resolve("batch.safetensors"), MiniBatchFormat.write(TrainerJob.batch(0), 4));
    Files.write(to.resolve("class-weights.json"), SnapshotJson.write(weights()));
    Path scratch = Files.createTempDirectory("golden");
    try (TrainingRun run = new TrainingRun(job().config())) {
      run.train(TrainerJob.batch(0));
      run.train(TrainerJob.batch(1));
      Clock clock = Clock.fixed(Instant.ofEpochSecond(1_800_000_000), ZoneOffset.UTC);
      CheckpointManifest manifest =
          new CheckpointDescription(job().config(), clock)
              .manifest(run, 2, new StreamIdentity("cluster-1", "topic-1"), "a", null);
      StoredCheckpoint stored =
          new CheckpointFolder(scratch, "golden", "a").write(manifest, run.files());
      run.train(TrainerJob.batch(2));
      run.train(TrainerJob.batch(3));
      zip(run.files(), "", to.resolve("trained-on.zip"));
      Announcement announcement =
          new Announcement(
              stored.ref(),
              manifest.position().step(),
              2,
              manifest.metrics(),
              "/checkpoints/" + stored.ref().name(),
              List.of(),
              new TreeMap<>());
      Files.write(to.resolve("announcement.json"), announcement.toJson());
      SortedMap<String, byte[]> whole = new TreeMap<>(run.files());
      Path place = Path.of(stored.location());
      whole.put("checkpoint.json", new byte[0]);
      for (String file : List.copyOf(whole.keySet())) {
        whole.put(file, Files.readAllBytes(place.resolve(file)));
      }
      zip(whole, stored.ref().name() + "/", to.resolve("checkpoint.zip"));
    }
  }

  private static void zip(Map<String, byte[]> files, String prefix, Path to) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(to))) {
      for (var file : new TreeMap<>(files).entrySet()) {
        ZipEntry entry = new ZipEntry(prefix + file.getKey());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
  }
}
