package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.demo.SharedBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Every command as a person has it: on a terminal. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(300)
class TerminalIT {
  /** A line of the log whose message is whole; then only what clears the line of progress. */
  private static final Pattern LOG_LINE =
      Pattern.compile("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} (DEBUG|INFO|WARN|ERROR) +\\w+ - .+\u001b\\[K");

  private static final Pattern LOG_START = Pattern.compile("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} .*");

  @TempDir Path folder;

  @Test
  void aJobsCommandsPrintWholeLines() throws Exception {
    ShuttleEvents sent = ShuttleEvents.send(3_000, 1);
    String checkpoints = folder.resolve("checkpoints").toString();
    String config =
        Files.write(folder.resolve("job.properties"), sent.properties("tty", checkpoints))
            .toString();

    assertThat(run(0, "topics", "--config", config)).contains("tty.batches");
    assertThat(run(0, "check", "--config", config)).contains("class Rad.Flow");
    assertThat(run(0, "run", "--stop-at-end", "--config", config))
        .contains("live page, metrics and health on http://", "3,000 events")
        .containsPattern("class +events +scored +recall +precision")
        .containsPattern("Rad\\.Flow +[0-9,]+ +[0-9,]+ +[01]\\.[0-9]{3} +[01]\\.");
    run(0, "run", "--quiet", "--stop-at-end", "--config", config);
    String report = folder.resolve("report.html").toString();
    assertThat(run(0, "report", "--config", config, "--output", report))
        .contains("Report: " + report)
        .containsPattern("Rad\\.Flow +[0-9,]+ +[0-9,]+ +[01]\\.[0-9]{3} +[01]\\.");
    assertThat(run(0, "inspect", checkpoints)).contains("class Rad.Flow");
    assertThat(run(0, "rollback", "--config", config)).contains("step");
    assertThat(run(1, "health", "--port", "1")).contains("error: ");
    String servers = SharedBroker.bootstrapServers();
    assertThat(run(0, "replay", "--file", data(), "--topic", "tty", "--bootstrap-server", servers))
        .contains("10 events");
  }

  @Test
  void commandsWithoutAJobPrintWholeLines() throws Exception {
    assertThat(run(0, "config")).contains("events.topic");
    assertThat(run(0, "metrics")).contains("counterweight_");
    assertThat(run(2, "config", "--no-such-option")).contains("unknown option");
    assertThat(run(0, "--version")).contains("counterweight", "libtorch");
    assertThat(run(0, "help", "run")).contains("--stop-at-end");
    assertThat(run(0, "generate-completion")).contains("complete -F");
    String wrong =
        Files.writeString(folder.resolve("wrong.properties"), "job=${file:/nosuch:x}").toString();
    assertThat(run(2, "run", "--config", wrong)).contains("a reference cannot be resolved");
  }

  @Test
  void theDemoPrintsWholeLines() throws Exception {
    assertThat(run(0, "demo", "--rate", "0", "--metrics-port", "0"))
        .contains("Watch it live: http://", "recall of class", "Report: ")
        .doesNotContain("WARN");
  }

  private String data() throws Exception {
    String rows = "1,2,3,4,5,6,7,8,9,High\n".repeat(10);
    return Files.writeString(
            folder.resolve("events.csv"), "V1,V2,V3,V4,V5,V6,V7,V8,V9,label\n" + rows)
        .toString();
  }

  /** Runs a command on a terminal to its end and looks at what nobody should see. */
  private String run(int code, String... args) throws Exception {
    Path log = folder.resolve("terminal.log");
    Files.deleteIfExists(log);
    try (ChildJvm command = ChildJvm.startOnTerminal(log, List.of(args))) {
      assertThat(command.await(200)).as(command.output()).isEqualTo(code);
      String output = command.output();
      assertThat(output).doesNotContain("PARSER_ERROR", "ch.qos.logback", "\tat ");
      assertThat(output.split("[\r\n]+"))
          .filteredOn(line -> LOG_START.matcher(line).matches())
          .allSatisfy(line -> assertThat(line).matches(LOG_LINE));
      return output;
    }
  }
}
