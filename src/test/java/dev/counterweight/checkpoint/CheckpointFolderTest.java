package dev.counterweight.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.Sha256;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.StreamIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointFolderTest {
  @TempDir Path folder;

  /** Ways in which a checkpoint on disk can go bad. */
  enum Damage {
    TRUNCATED_MODEL {
      @Override
      void on(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve("model.safetensors");
        Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 3));
      }
    },
    EMPTY_STATE {
      @Override
      void on(Path checkpoint) throws IOException {
        Files.write(checkpoint.resolve("state.safetensors"), new byte[0]);
      }
    },
    FLIPPED_BIT {
      @Override
      void on(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve("optimizer.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
      }
    },
    MISSING_FILE {
      @Override
      void on(Path checkpoint) throws IOException {
        Files.delete(checkpoint.resolve("state.safetensors"));
      }
    },
    MISSING_MANIFEST {
      @Override
      void on(Path checkpoint) throws IOException {
        Files.delete(checkpoint.resolve("checkpoint.json"));
      }
    },
    TRUNCATED_MANIFEST {
      @Override
      void on(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve("checkpoint.json");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
      }
    },
    EDITED_MANIFEST {
      @Override
      void on(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve("checkpoint.json");
        Files.writeString(file, Files.readString(file).replace("\"batch_offset\" : 2", "9"));
      }
    },
    MISSING_FOLDER {
      @Override
      void on(Path checkpoint) throws IOException {
        Files.move(checkpoint, checkpoint.resolveSibling("elsewhere"));
      }
    };

    abstract void on(Path checkpoint) throws IOException;
  }

  @Test
  void whatWasWrittenIsReadBack() throws IOException {
    CheckpointFolder store = store("fraud", "host-1");
    StoredCheckpoint written = store.write(manifest("fraud", 1000), files("a"));

    StoredCheckpoint read = newest(store, written.ref()).orElseThrow();

    assertThat(read.ref().name()).isEqualTo("step-000000001000-host-1");
    assertThat(read.manifest()).isEqualTo(written.manifest());
    assertThat(read.manifest().schema().features()).containsExactly("amount", "age");
    assertThat(read.manifest().stream().spans()).isEqualTo(new TreeMap<>(Map.of(0, 17L, 3, 5L)));
    assertThat(read.files().keySet()).isEqualTo(files("a").keySet());
    files("a").forEach((name, bytes) -> assertThat(read.files().get(name)).isEqualTo(bytes));
  }

  @Test
  void aManifestFromBeforeItToldAdamsBetasIsRead() throws IOException {
    String json = new String(manifest("fraud", 1000).toJson(), StandardCharsets.UTF_8);

    CheckpointManifest old =
        CheckpointManifest.parse(
            json.replaceAll("(?m)^.*adam_beta.*\\R", "").getBytes(StandardCharsets.UTF_8));

    assertThat(old.training().updates().adamBeta1()).isNull();
    assertThat(old.training().updates().adamBeta2()).isNull();
    assertThat(old.training().updates().learningRate()).isEqualTo(0.01);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "fa-IR", "mr-IN", "th-TH-u-nu-thai"})
  void namesHaveTheSameDigitsWhateverTheUsersLocale(String locale) throws IOException {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(locale));
    try {
      Ref ref = store("fraud", "host-1").write(manifest("fraud", 1234567890), files("a")).ref();

      assertThat(ref.name()).isEqualTo("step-001234567890-host-1");
    } finally {
      Locale.setDefault(before);
    }
  }

  @ParameterizedTest
  @EnumSource(Damage.class)
  void aDamagedCheckpointIsSkippedForTheOneBeforeIt(Damage damage) throws IOException {
    CheckpointFolder store = store("fraud", "host-1");
    Ref first = store.write(manifest("fraud", 1), files("a")).ref();
    StoredCheckpoint second = store.write(manifest("fraud", 2), files("b"));
    assertThat(newest(store, second.ref(), first).orElseThrow().ref()).isEqualTo(second.ref());

    damage.on(Path.of(second.location()));

    assertThat(newest(store, second.ref(), first).orElseThrow().ref()).isEqualTo(first);
    assertThat(newest(store, second.ref())).isEmpty();
  }

  @Test
  void aSecondCheckpointAtAStepReplacesNothing() throws IOException {
    CheckpointFolder store = store("fraud", "host-1");
    StoredCheckpoint first = store.write(manifest("fraud", 7), files("a"));
    StoredCheckpoint second = store.write(manifest("fraud", 7), files("b"));

    assertThat(second.ref().name()).isEqualTo("step-000000000007-host-1~2");
    assertThat(newest(store, first.ref())).isPresent();
    assertThat(newest(store, second.ref())).isPresent();
  }

  @Test
  void retentionKeepsWhatTheNewestAnnouncementNames() throws IOException {
    CheckpointFolder store = store("fraud", "host-1");
    Ref one = store.write(manifest("fraud", 1), files("a")).ref();
    Ref two = store.write(manifest("fraud", 2), files("b")).ref();
    Ref unannounced = store.write(manifest("fraud", 3), files("c")).ref();
    StoredCheckpoint three = store.write(manifest("fraud", 3), files("c"));
    Ref later = store.write(manifest("fraud", 4), files("d")).ref();

    store.retain(announcement(three, 3, List.of(two)));

    assertThat(names()).containsExactlyInAnyOrder(two.name(), three.ref().name(), later.name());
    assertThat(names()).doesNotContain(one.name(), unannounced.name());
  }

  @Test
  void retentionTouchesNoOtherJobNorASuccessorsCheckpoint() throws IOException {
    Ref other = store("other", "host-2").write(manifest("other", 1), files("a")).ref();
    Ref successors = store("fraud", "host-2").write(manifest("fraud", 5), files("b")).ref();
    CheckpointFolder store = store("fraud", "host-1");
    StoredCheckpoint newest = store.write(manifest("fraud", 5), files("b"));
    Files.createDirectory(folder.resolve("notes"));

    store.retain(announcement(newest, 5, List.of()));

    assertThat(names())
        .containsExactlyInAnyOrder(other.name(), successors.name(), newest.ref().name(), "notes");
  }

  @Test
  void retentionOfATrainerThatStoodStillSparesItsSuccessorOfTheSameName() throws IOException {
    StoredCheckpoint stale = store("fraud", "host-1").write(manifest("fraud", 5), files("a"));
    CheckpointFolder successor = store("fraud", "host-1");
    StoredCheckpoint current = successor.write(manifest("fraud", 5), files("b"));
    successor.retain(announcement(current, 5, List.of()));
    assertThat(names()).containsExactly(current.ref().name());

    store("fraud", "host-1").retain(announcement(stale, 5, List.of()));

    assertThat(names()).containsExactly(current.ref().name());
  }

  @Test
  void aNameIsNotGivenAgainWhileALaterOneOfItsStepIsThere() throws IOException {
    CheckpointFolder store = store("fraud", "host-1");
    store.write(manifest("fraud", 5), files("a"));
    StoredCheckpoint second = store.write(manifest("fraud", 5), files("b"));
    store.retain(announcement(second, 5, List.of()));

    Ref third = store.write(manifest("fraud", 5), files("c")).ref();

    assertThat(third.name()).isEqualTo("step-000000000005-host-1~3");
  }

  @Test
  void onlyThisWritersLeftoversAreRemoved() throws IOException {
    CheckpointFolder store = store("fraud", "a");
    Files.writeString(
        Files.createDirectory(folder.resolve(".tmp-fraud~a~1")).resolve("model.safetensors"), "x");
    Files.createDirectory(folder.resolve(".tmp-fraud~a-b~1"));
    Files.createDirectory(folder.resolve(".tmp-fraud-eu~a~1"));

    store.removeTemporary();

    assertThat(names()).containsExactlyInAnyOrder(".tmp-fraud~a-b~1", ".tmp-fraud-eu~a~1");
  }

  @Test
  void aFailedWriteLeavesNothing() throws IOException {
    CheckpointFolder store = store("fraud", "a");
    SortedMap<String, byte[]> files = files("a");
    // Longer than a file system's names: fails after the others are written, as on a full disk.
    files.put("z".repeat(300), new byte[1]);

    assertThatThrownBy(() -> store.write(manifest("fraud", 1), files))
        .isInstanceOf(IOException.class);
    assertThat(names()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../evil", "/etc", "a/b", "..", ".", "", ".tmp-x", "a\\b", "a\0b", "~root"})
  void aNameThatLeadsElsewhereIsRefused(String name) {
    assertThatThrownBy(() -> new Ref(name, "00")).isInstanceOf(IllegalArgumentException.class);
    byte[] json =
        ("{\"checkpoint\":{\"name\":%s,\"sha256\":\"00\"},\"step\":1,\"batch_offset\":1,"
                + "\"metrics\":{},\"folder\":\"\",\"earlier\":[]}")
            .formatted(quoted(name))
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Announcement.parse(json)).isInstanceOf(FailureException.class);
  }

  @Test
  void aManifestThatNamesAFileElsewhereIsNotFollowed() throws IOException {
    CheckpointFolder store = store("fraud", "a");
    StoredCheckpoint stored = store.write(manifest("fraud", 1), files("a"));
    Path file = Path.of(stored.location()).resolve("checkpoint.json");
    String json = Files.readString(file).replace("model.safetensors", "../model.safetensors");
    Files.writeString(file, json);
    Ref forged = new Ref(stored.ref().name(), Sha256.of(json.getBytes(StandardCharsets.UTF_8)));

    assertThat(newest(store, forged)).isEmpty();
  }

  @Test
  void aFolderThatCannotBeCreatedIsNamedWithItsKey() throws IOException {
    Path file = folder.resolve("file");
    Files.writeString(file, "");

    assertThatThrownBy(() -> new CheckpointFolder(file.resolve("sub"), "fraud", "a"))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("checkpoint.dir=" + file.resolve("sub"))
        .hasMessageContaining("must be a folder");
  }

  @Test
  void announcementsComeBackWhole() {
    Announcement announcement =
        new Announcement(
            new Ref("step-000000000002-a", "22"),
            2,
            9,
            Map.of("gmean", 0.5),
            "/somewhere/step-000000000002-a",
            List.of(new Ref("step-000000000001-a", "11")),
            new TreeMap<>(Map.of("model.safetensors", "AAAA")));

    assertThat(Announcement.parse(announcement.toJson())).isEqualTo(announcement);
  }

  @Test
  void anInspectionTakesTheNewestAndNamesWhatIsWrong() throws IOException {
    CheckpointFolder store = store("fraud", "a");
    store.write(manifest("fraud", 1), files("a"));
    StoredCheckpoint newest = store.write(manifest("fraud", 10), files("b"));
    assertThat(CheckpointInspection.of(folder).folder()).isEqualTo(Path.of(newest.location()));
    assertThat(CheckpointInspection.of(folder).whole()).isTrue();

    Damage.FLIPPED_BIT.on(Path.of(newest.location()));
    Damage.EMPTY_STATE.on(Path.of(newest.location()));

    CheckpointInspection look = CheckpointInspection.of(Path.of(newest.location()));
    assertThat(look.manifest().position().step()).isEqualTo(10);
    assertThat(look.problems()).containsOnlyKeys("optimizer.safetensors", "state.safetensors");
    assertThatThrownBy(() -> CheckpointInspection.of(folder.resolve("nowhere")))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("nowhere");
  }

  private CheckpointFolder store(String job, String writer) {
    return new CheckpointFolder(folder, job, writer);
  }

  private static Optional<StoredCheckpoint> newest(
      CheckpointFolder store, Ref newest, Ref... older) {
    Announcement announcement =
        new Announcement(newest, 1, 1, Map.of(), "", List.of(older), new TreeMap<>());
    return new Announced(List.of(announcement)).newestWhole(store);
  }

  private static Announcement announcement(StoredCheckpoint stored, long step, List<Ref> earlier) {
    return new Announcement(
        stored.ref(), step, step, Map.of(), stored.location(), earlier, new TreeMap<>());
  }

  private List<String> names() {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.map(path -> path.getFileName().toString()).toList();
    } catch (IOException e) {
      return fail(e);
    }
  }

  private static SortedMap<String, byte[]> files(String content) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    for (String name : List.of("model", "optimizer", "state")) {
      files.put(name + ".safetensors", (name + content).getBytes(StandardCharsets.UTF_8));
    }
    return files;
  }

  private static String quoted(String name) {
    return '"' + name.replace("\\", "\\\\").replace("\0", "\\u0000") + '"';
  }

  static CheckpointManifest manifest(String job, long step) {
    return manifest(job, step, Map.of("gmean", 0.7));
  }

  static CheckpointManifest manifest(String job, long step, Map<String, Object> metrics) {
    return new CheckpointManifest(
        CheckpointManifest.FORMAT,
        job,
        new CheckpointManifest.Position(step, step),
        new CheckpointManifest.Origin("host-1", "2026-01-01T00:00:00Z", null, "amd64"),
        new CheckpointManifest.Stream(
            new StreamIdentity("cluster", "topic"),
            new TreeMap<>(Map.of(0, 17L, 3, 5L)),
            new TreeMap<>()),
        CheckpointManifest.SchemaEntry.of(
            new EventSchema(List.of("amount", "age"), "label", List.of("ok", "fraud"), null, null)),
        new CheckpointManifest.Training(
            new CheckpointManifest.Layers("mlp", List.of(8, 4), "relu", 64),
            CheckpointManifest.Mixed.NONE,
            new CheckpointManifest.Objective("cross-entropy", "mean"),
            new CheckpointManifest.Updates("adam", 0.01, 0.5, 0.999, 0, 0, 1),
            32,
            1),
        new CheckpointManifest.Serving(true, "argmax-scores", null, null, null, null, null, null),
        new CheckpointManifest.Probabilities(
            null,
            null,
            0.0,
            null,
            Map.of("ok", 0.5, "fraud", 4.5),
            1.1,
            Map.of("ok", -0.1, "fraud", 0.1),
            null,
            null,
            null),
        new CheckpointManifest.Shares(
            Map.of("ok", 0.9, "fraud", 0.1), Map.of("ok", 0.5, "fraud", 4.5)),
        metrics,
        new TreeMap<>());
  }
}
