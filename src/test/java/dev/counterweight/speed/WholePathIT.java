package dev.counterweight.speed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** That the measurement runs, not what it measures: machines that test are busy. */
@EnabledOnOs(OS.LINUX)
class WholePathIT {
  private static final int EVENTS = 10_000;

  @TempDir Path dir;

  @Test
  void aSmallRunTellsWhatEachParticipantTakes() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    int code =
        WholePath.run(
            new PrintStream(printed, true, UTF_8),
            "throughput",
            "--events=" + EVENTS,
            "--rounds=1",
            "--others=1000",
            "--only=bare,all,start-bare",
            "--output=" + dir);

    assertThat(code).as(printed.toString(UTF_8)).isZero();
    JsonNode told = new ObjectMapper().readTree(dir.resolve("throughput.json").toFile());
    assertThat(told.at("/environment/processors").asInt()).isPositive();
    assertThat(told.at("/participants/all/events").asInt()).isEqualTo(EVENTS);
    for (String participant : new String[] {"bare", "all"}) {
      JsonNode of = told.at("/participants/" + participant);
      assertThat(of.at("/events_per_s/median").asDouble()).isPositive();
      assertThat(of.at("/cpu_us_per_event/median").asDouble()).isPositive();
      assertThat(of.at("/resident_kib/median").asDouble()).isGreaterThan(20_000);
    }
    assertThat(told.at("/ratios/0/ratio/median").asDouble()).isBetween(0.0, 1.0);
    assertThat(Files.readString(dir.resolve("throughput.md"))).contains("| all over bare |");
  }

  @Test
  void aShortSoakTellsOfEachMeasureWhetherItGrows() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    int code =
        WholePath.run(
            new PrintStream(printed, true, UTF_8),
            "soak",
            "--minutes=0.4",
            "--burst=1000",
            "--output=" + dir);

    assertThat(code).as(printed.toString(UTF_8)).isBetween(0, 1); // what starts does grow
    String told = Files.readString(dir.resolve("soak.md"));
    assertThat(told).contains("| resident, MiB |", "| threads |", "| descriptors |");
    assertThat(told).contains("| state, MiB |", "| checkpoints, MiB |");
    for (String role : new String[] {"joiner", "counter", "sampler", "trainer", "scorer"}) {
      assertThat(told).contains("| lag of " + role + ", records |");
    }
    assertThat(told).doesNotContain("NaN");
    assertThat(Files.readAllLines(dir.resolve("soak.csv"))).hasSizeGreaterThan(3);
  }

  @Test
  void aParticipantThatThereIsNotIsNamed() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();

    int code =
        WholePath.run(new PrintStream(printed, true, UTF_8), "throughput", "--only=bare,counters");

    assertThat(code).isEqualTo(2);
    assertThat(printed.toString(UTF_8)).contains("--only=bare,counters: there are [bare, counter,");
  }
}
