package dev.counterweight.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFolderTest {
  @TempDir Path parent;

  @Test
  void twoLiveFoldersAreTwoAndStay() {
    try (StateFolder first = StateFolder.in(parent);
        StateFolder second = StateFolder.in(parent)) {
      assertThat(first.path()).isDirectory().isNotEqualTo(second.path());
      assertThat(second.path()).isDirectory();
    }
  }

  @Test
  void closingDeletesTheFolderAndAllInIt() throws IOException {
    StateFolder folder = StateFolder.in(parent);
    Path deep = Files.createDirectories(folder.path().resolve("job/0_1"));
    Files.writeString(deep.resolve(".checkpoint"), "0");

    folder.close();

    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void theFolderOfAKilledProcessIsDeletedByTheNextAndALiveOnesIsNot() throws Exception {
    Process other = start();
    try {
      Path left = Path.of(other.inputReader().readLine());
      try (StateFolder beside = StateFolder.in(parent)) {
        assertThat(left).isDirectory();
        assertThat(beside.path()).isNotEqualTo(left);
      }

      other.destroyForcibly();
      assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(left).isDirectory();

      try (StateFolder next = StateFolder.in(parent)) {
        assertThat(left).doesNotExist();
        assertThat(next.path()).isDirectory();
      }
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void whatIsNotAStateFolderIsLeftAlone() throws IOException {
    Path data = Files.createDirectory(parent.resolve("data"));
    Files.writeString(data.resolve("lock"), "");
    Path link =
        Files.createSymbolicLink(
            parent.resolve("counterweight-state-link"), parent.resolve("data"));

    StateFolder.in(parent).close();

    assertThat(data.resolve("lock")).exists();
    assertThat(link).isSymbolicLink();
  }

  @Test
  void aParentThatIsNotThereIsNamed() {
    Path nowhere = parent.resolve("nowhere");

    assertThatThrownBy(() -> StateFolder.in(nowhere))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining(nowhere.toString());
  }

  @Test
  void aFolderThatStaysIsOneProcessesForAnApplicationAndOthersHaveTheirsBeside()
      throws IOException {
    Path kept = parent.resolve("state/deep");
    try (StateFolder held = StateFolder.kept(kept, "job.joiner")) {
      assertThat(held.path()).isEqualTo(kept).isDirectory();
      assertThatThrownBy(() -> StateFolder.kept(kept, "job.joiner"))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining(kept.toString())
          .hasMessageContaining("job.joiner");
      StateFolder.kept(kept, "other.joiner").close();
      Files.writeString(kept.resolve("rows"), "");
    }

    StateFolder.kept(kept, "job.joiner").close();

    assertThat(kept.resolve("rows")).exists();
  }

  @Test
  void aFolderThatAnotherProcessKeepsStateInIsNamedUntilThatIsGone() throws Exception {
    Process other = start("job.joiner");
    try {
      assertThat(other.inputReader().readLine()).isEqualTo(parent.toString());
      assertThatThrownBy(() -> StateFolder.kept(parent, "job.joiner"))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining(parent.toString());

      other.destroyForcibly();
      assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();

      StateFolder.kept(parent, "job.joiner").close();
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void aFolderThatCannotBeMadeIsNamed() throws IOException {
    Path file = Files.writeString(parent.resolve("file"), "");

    assertThatThrownBy(() -> StateFolder.kept(file.resolve("state"), "job.joiner"))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining(file.toString());
  }

  private Process start(String... application) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                parent.toString()));
    command.addAll(List.of(application));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** Takes a folder, says which, and holds it until it is killed. */
  static final class Holder {
    public static void main(String[] args) throws Exception {
      Path path = Path.of(args[0]);
      StateFolder folder =
          args.length == 1 ? StateFolder.in(path) : StateFolder.kept(path, args[1]);
      System.out.println(folder.path());
      System.out.flush();
      Thread.currentThread().join();
    }
  }
}
