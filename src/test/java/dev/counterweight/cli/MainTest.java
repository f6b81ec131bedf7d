package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @TempDir Path folder;

  @Test
  void aConfigFileThatIsNotThereIsWrongUsage() {
    Outcome outcome = run("topics", "--config", folder.resolve("none.properties").toString());

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("error: config file", "does not exist");
    assertNoStackTrace(outcome);
  }

  @Test
  void everyProblemOfAConfigurationIsALine() throws IOException {
    Outcome outcome =
        run("topics", "--config", config("batch.sise=3", "learning.rate=-1").toString());

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err().lines())
        .anySatisfy(l -> assertThat(l).contains("batch.sise", "did you mean 'batch.size'?"))
        .anySatisfy(l -> assertThat(l).contains("learning.rate", "must be above 0"));
    assertNoStackTrace(outcome);
  }

  @Test
  void aBrokerThatDoesNotAnswerIsNamed() throws IOException {
    Outcome outcome = run("topics", "--config", config().toString());

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains("no answer from bootstrap.servers=127.0.0.1:1 within 10 s");
    assertNoStackTrace(outcome);
  }

  @Test
  void aJobWhoseLabelsStandInItsEventsHasNoJoinerToRun() throws IOException {
    Outcome outcome = run("run", "--role", "joiner", "--config", config().toString());

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("--role=joiner: a job without labels.topic has no joiner");
    assertNoStackTrace(outcome);
  }

  @Test
  void checkNamesEverythingThatIsWrongAtOnce() throws IOException {
    Path file = Files.createFile(folder.resolve("a-file"));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Outcome outcome =
          run(
              "check",
              "--config",
              config(
                      "checkpoint.dir=" + file.resolve("below"),
                      "metrics.port=" + taken.getLocalPort())
                  .toString());

      assertThat(outcome.code()).isEqualTo(1);
      assertThat(outcome.out())
          .contains("WRONG checkpoint.dir=")
          .contains("WRONG metrics.port=" + taken.getLocalPort())
          .contains("WRONG cluster: ")
          .contains("3 problems");
    }
  }

  @Test
  void argumentsMayStandInAFile() throws IOException {
    Path args = Files.writeString(folder.resolve("job.args"), "topics --config none.properties");

    assertThat(run("@" + args).err()).contains("error: config file 'none.properties'");
  }

  @Test
  void anUnknownCommandOrOptionIsWrongUsage() {
    assertThat(run("trian").code()).isEqualTo(2);
    assertThat(run("config", "--colour").code()).isEqualTo(2);
    assertThat(run().code()).isEqualTo(2);
  }

  @Test
  void optionsTakeTheNumbersThatEventsAndConfigurationTake() {
    for (String text : List.of("1f", "30d", "0x1p3", "NaN")) {
      Outcome outcome = run("demo", "--rate=" + text);

      assertThat(outcome.code()).as(text).isEqualTo(2);
      assertThat(outcome.err()).contains("'--rate'", text);
      outcome = run("replay", "--bootstrap-server=h:1", "--file=f", "--topic=t", "--rate=" + text);
      assertThat(outcome.err()).contains("--rate=" + text + ": must be a number of at least 0");
    }
  }

  @Test
  void aMisspeltOptionOrCommandIsNamedWithWhatMayBeMeant() {
    assertThat(run("run", "--confg", "x").err())
        .isEqualToIgnoringNewLines(
            "error: unknown option '--confg': did you mean '--config'?; `counterweight run --help`"
                + " says more");
    assertThat(run("check", "--confg=x", "--sett", "a=b").err())
        .contains("did you mean '--config'?", "did you mean '--set'?");
    assertThat(run("chek").err()).contains("unknown command 'chek': did you mean 'check'?");
    assertThat(run("trian").err()).contains("unknown command 'trian': there are ", "run");
    assertThat(run("run").err()).contains("Missing required option: '--config=FILE'");
  }

  @Test
  void everyCommandTellsVersionsAndHelpAndCompletionAreThere() {
    for (String[] asked : new String[][] {{"-V"}, {"run", "-V"}}) {
      assertThat(run(asked).out())
          .containsPattern(
              "counterweight .+\\ncommit .+\\nJava 1?[0-9].*\\nKafka 4\\..*\\nlibtorch 2\\.");
    }
    assertThat(run("help", "run").out()).contains("--stop-at-end");
    assertThat(run("generate-completion").out()).contains("complete -F _complete_counterweight");
  }

  @Test
  void allProblemsOfAConfigurationAreToldAtOnce() throws IOException {
    Outcome outcome =
        run(
            "topics",
            "--config",
            config(
                    "events.label=",
                    "learning.rate=abc",
                    "weights.fixed=1,2",
                    "loss.gamma=1",
                    "model.file=a.pt",
                    "calibrate=perhaps",
                    "sampler.commit.interval=1m")
                .toString());

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err().lines())
        .containsExactly(
            "error: calibrate=perhaps: must be true or false",
            "error: events.label=: must be a field's name or path, key: or header:NAME",
            "error: learning.rate=abc: must be a number such as 0.1 or 1e-3, above 0",
            "error: loss.gamma=1: has no effect without loss=focal: remove it",
            "error: model.file=a.pt: goes with model=torchscript only",
            "error: sampler.commit.interval=60000ms: must be at most 5s",
            "error: weights.fixed=1,2 is gone: it is an argument of the formula fixed now: remove"
                + " it");
  }

  @Test
  void aReferenceThatIsNotThereIsALine() throws IOException {
    Outcome outcome = run("topics", "--config", config("instance.id=${file:/nosuch:x}").toString());

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err().lines())
        .singleElement()
        .asString()
        .contains("a reference cannot be resolved", "/nosuch", "${file:PATH:KEY}");
  }

  @Test
  void debugShowsWhere() {
    Outcome outcome =
        run("--debug", "topics", "--config", folder.resolve("none.properties").toString());

    assertThat(outcome.err()).contains("\tat dev.counterweight.config.");
  }

  private Path config(String... more) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "job=fraud",
                "bootstrap.servers=127.0.0.1:1",
                "events.topic=payments",
                "events.label=class",
                "events.classes=ok,fraud",
                "events.features=amount",
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "metrics.port=0"));
    lines.addAll(List.of(more));
    return Files.write(folder.resolve("job.properties"), lines);
  }

  private static void assertNoStackTrace(Outcome outcome) {
    assertThat(outcome.err()).doesNotContain("\tat ").doesNotContain("Exception");
  }

  @Test
  void numbersAreAlikeWhateverTheLanguageOfTheMachine() {
    StringWriter out = new StringWriter();
    Locale before = Locale.getDefault(Locale.Category.FORMAT);
    Locale.setDefault(Locale.Category.FORMAT, Locale.GERMANY);
    try {
      Main.visible(new PrintWriter(out)).printf("%,d at %.1f", 1_234, 0.5);
    } finally {
      Locale.setDefault(Locale.Category.FORMAT, before);
    }
    assertThat(out.toString()).isEqualTo("1,234 at 0.5");
  }

  private static Outcome run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.execute(new PrintWriter(out, true), new PrintWriter(err, true), args);
    return new Outcome(code, out.toString(), err.toString());
  }

  private record Outcome(int code, String out, String err) {}
}
