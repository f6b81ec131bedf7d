package dev.counterweight.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class RoundsTest {
  private static final String BUSY = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";

  /** Time is counted in hundredths of a second: of a shorter run it is several times too much. */
  private static final double ANY = 1e9;

  @TempDir Path dir;

  private final MeteredProcess process =
      new MeteredProcess(ProcessHandle.current().pid(), Duration.ofSeconds(60));
  private final PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());

  @Test
  void aProcessIsToldItsTimeAndItsChildrens() throws Exception {
    Usage usage = process.run(shell(BUSY + " & wait"), dir.resolve("log"));

    assertThat(usage.cpuS()).isGreaterThan(0.05);
    assertThat(usage.wallS()).isGreaterThan(0.05);
    assertThat(usage.residentKib()).isPositive();
  }

  @Test
  void participantsTakeTurnsInEveryRound() throws Exception {
    List<String> started = new ArrayList<>();
    List<Run> runs =
        new Rounds(process, dir, ANY, nowhere)
            .run(List.of(noting("a", started), noting("b", started)), 2, 4);

    assertThat(started).containsExactly("a1", "b1", "a2", "b2");
    assertThat(runs).hasSize(4);
  }

  @Test
  void aRoundThatOthersDisturbIsGivenUpAndAnotherBegun() throws Exception {
    List<String> started = new ArrayList<>();
    Rounds rounds = new Rounds(process, dir, -1, nowhere); // any share is too much
    List<Run> runs = rounds.run(List.of(noting("a", started), noting("b", started)), 2, 3);

    assertThat(started).containsExactly("a1", "a2", "a3");
    assertThat(runs).isEmpty();
    assertThat(rounds.givenUp()).isEqualTo(3);
  }

  @Test
  void oneThatFailsIsNamedWithWhatItSaid() {
    assertThatThrownBy(() -> process.run(shell("echo no topic; exit 3"), dir.resolve("log")))
        .hasMessageContaining("ended with 3")
        .hasMessageContaining("no topic");
  }

  private static Participant noting(String name, List<String> started) {
    return new Participant(
        name,
        "of a test",
        1,
        round -> {
          started.add(name + round);
          return shell("true");
        },
        null);
  }

  private static MeteredProcess.Launch shell(String script) {
    return new MeteredProcess.Launch(List.of("sh", "-c", script), Map.of());
  }
}
