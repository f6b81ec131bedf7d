package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  @TempDir Path folder;

  @Test
  void aJavaThatIsTooOldIsNamedWithTheRule() throws Exception {
    Path java = folder.resolve("bin/java");
    Files.createDirectories(folder.resolve("bin"));
    Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();

    Outcome outcome = launch(folder);

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.output())
        .isEqualTo("error: " + java + " is Java 11: Java 17 or later is needed\n");
  }

  @Test
  void theReleaseOfAJdkTellsItsVersionWithoutAStart() throws Exception {
    Path java = folder.resolve("bin/java");
    Files.createDirectories(folder.resolve("bin"));
    program(java, "echo started >&2");
    Files.writeString(
        folder.resolve("release"), "IMPLEMENTOR=\"Debian\"\nJAVA_VERSION=\"11.0.2\"\n");

    Outcome outcome = launch(folder);

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.output())
        .isEqualTo("error: " + java + " is Java 11: Java 17 or later is needed\n");
  }

  @Test
  void aJavaHomeWithoutJavaIsNamed() throws Exception {
    Outcome outcome = launch(folder);

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.output()).contains("JAVA_HOME=" + folder + " has no bin/java");
  }

  @Test
  void severalStartedAtOnceBuildOnce() throws Exception {
    Path home = clone("a clone with spaces");
    Path bin = programs("echo built >> mvn.log; sleep 1");

    List<Process> started = List.of(start(home, bin), start(home, bin), start(home, bin));

    for (Process process : started) {
      Outcome outcome = await(process);
      assertThat(outcome.code()).as(outcome.output()).isZero();
      assertThat(outcome.output()).contains("ran dev.counterweight.cli.Main config");
    }
    assertThat(Files.readAllLines(home.resolve("mvn.log"))).containsExactly("built");
    assertThat(home.resolve(".build.lock")).doesNotExist();
  }

  @Test
  void aChangedSourceIsBuiltAgainAndAnUnchangedOneIsNot() throws Exception {
    Path home = clone("clone");
    Path bin = programs("echo built >> mvn.log");
    for (int i = 0; i < 2; i++) {
      assertThat(await(start(home, bin)).code()).isZero();
    }
    assertThat(Files.readAllLines(home.resolve("mvn.log"))).hasSize(1);

    Files.writeString(home.resolve("src/main/Source.java"), "changed");

    assertThat(await(start(home, bin)).code()).isZero();
    assertThat(Files.readAllLines(home.resolve("mvn.log"))).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "dependency:3.9.0:x, compiler:3:compile",
    "maven-dependency-plugin:3.9.0:x, maven-compiler-plugin:3:compile"
  })
  void aBuildTellsItsStepsAndWhatItWasMadeOf(String fetch, String compile) throws Exception {
    Path home = clone("clone");
    Files.writeString(home.resolve("pom.xml"), "<project>\n  <version>1.2.3</version>\n</project>");
    String steps = "echo '[INFO] --- %s'; echo '[INFO] --- %s'".formatted(fetch, compile);

    Outcome outcome = await(start(home, programs(steps)));

    assertThat(outcome.output())
        .contains("  fetching libraries", "  compiling ...", "ran dev.counterweight.cli.Main");
    assertThat(home.resolve("target/classes/counterweight-build.properties"))
        .content()
        .startsWith("version=1.2.3\n");
  }

  @Test
  void aBuildArchivesWhatAStartNeedsAndStartsWithIt() throws Exception {
    Path home = clone("a clone with spaces");
    Path bin = programs("true");

    Outcome built = await(start(home, bin));

    assertThat(built.output())
        .contains(
            "  rehearsing a start ...\n",
            "-XX:SharedArchiveFile=" + home.toRealPath() + "/target/launcher/counterweight.jsa ",
            "-cp " + home.toRealPath() + "/target/launcher/counterweight.jar:jars ");
    Files.writeString(home.resolve("src/main/Source.java"), "changed");
    assertThat(await(start(home, bin)).output()).doesNotContain("rehearsing");
    assertThat(Files.readAllLines(bin.resolve("java.log")))
        .as("the same libraries need no second rehearsal")
        .containsExactly("rehearsed", "dumped", "dumped");
  }

  @Test
  void theUsersSettingsAreNoneOfTheRehearsals() throws Exception {
    Path home = clone("clone");
    Path bin = programs("true");
    Map<String, String> settings =
        Map.of("COUNTERWEIGHT_JOB", "a real\njob", "COUNTERWEIGHT_JAVA_OPTS", "-Dof=user");

    Outcome outcome = await(start(home, bin, settings));

    assertThat(outcome.output()).contains("job a real\njob\n", " -Dof=user -cp ");
    assertThat(Files.readAllLines(bin.resolve("java.log"))).containsExactly("rehearsed", "dumped");
  }

  @Test
  void optionsOfTheUsersWinOverTheLaunchers() throws Exception {
    Path home = clone("clone");
    Map<String, String> settings = Map.of("COUNTERWEIGHT_JAVA_OPTS", "-Xlog:cds=info -Dx=y");

    assertThat(await(start(home, programs("true"), settings)).output())
        .contains(" -Xlog:cds=off -Xlog:class+path=off -Xlog:cds=info -Dx=y -cp ");
  }

  @Test
  void aBuildThatDidNotEndLeavesNothingThatCountsAsBuilt() throws Exception {
    Path home = clone("clone");
    Path source = home.resolve("src/main/Source.java");
    Path bin = programs("echo built >> mvn.log; [ ! -e stop ]");
    assertThat(await(start(home, bin)).code()).isZero();
    Files.writeString(source, "changed");
    Files.createFile(home.resolve("stop"));
    assertThat(await(start(home, bin)).code()).isEqualTo(1);
    Files.delete(home.resolve("stop"));
    Files.writeString(source, "");

    assertThat(await(start(home, bin)).code()).isZero();

    assertThat(Files.readAllLines(home.resolve("mvn.log"))).hasSize(3);
  }

  @Test
  void aBuildTakesNothingOfTheOneBefore() throws Exception {
    Path home = clone("clone");
    Path status = Files.createDirectories(home.resolve("target/maven-status"));
    Path left = Files.createDirectories(home.resolve("target/classes/dev")).resolve("Gone.class");
    Files.createFile(left);

    assertThat(await(start(home, programs("true"))).code()).isZero();

    assertThat(left).doesNotExist();
    assertThat(status).doesNotExist();
  }

  @Test
  void aTargetThatCannotBeWrittenIsNamed() throws Exception {
    Path home = clone("clone");
    Files.createDirectories(home.resolve("target/launcher.stamp"));

    Outcome outcome = await(start(home, programs("true")));

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.output())
        .endsWith("has to be built, and " + home.toRealPath() + "/target cannot be written\n");
    assertThat(home.resolve(".build.lock")).doesNotExist();
  }

  @Test
  void aListThatJavaCrashesOverIsArchivedWithoutItsLambdas() throws Exception {
    Path home = clone("clone");
    Path bin = programs("true");
    Files.createFile(bin.resolve("crashes"));

    Outcome outcome = await(start(home, bin));

    assertThat(outcome.output())
        .contains("-XX:SharedArchiveFile=" + home.toRealPath() + "/target/launcher/counterweight")
        .doesNotContain("without the archive");
    assertThat(Files.readAllLines(bin.resolve("java.log")))
        .containsExactly("rehearsed", "crashed", "dumped");
  }

  @Test
  void aRehearsalThatFailsIsNoObstacle() throws Exception {
    Path home = clone("clone");
    Path bin = programs("true");
    Files.createFile(bin.resolve("fails"));

    Outcome outcome = await(start(home, bin));

    assertThat(outcome.code()).isZero();
    assertThat(outcome.output())
        .contains(
            "-cp " + home.toRealPath() + "/target/launcher/counterweight.jar:jars ",
            "  built, without the archive that shortens starts: ",
            "/target/launcher-prepare.log tells why\n")
        .doesNotContain("SharedArchiveFile", "no rehearsal");
  }

  @ParameterizedTest
  @CsvSource({
    "COUNTERWEIGHT_JAVA_OPTS, -XX:+UseG1GC",
    "JDK_JAVA_OPTIONS, -Xmx1g -XX:+UseParallelGC",
    "JAVA_TOOL_OPTIONS, -XX:+UseGCOverheadLimit -XX:+UseZGC",
    "JDK_JAVA_OPTIONS, @options"
  })
  void aCollectorOfTheUsersIsTheOnlyOne(String variable, String options) throws Exception {
    Path home = clone("clone");
    Path bin = programs("true");
    assertThat(await(start(home, bin)).output()).contains("-XX:+UseSerialGC");

    assertThat(await(start(home, bin, Map.of(variable, options))).output())
        .doesNotContain("-XX:+UseSerialGC");
  }

  @Test
  void anOptionThatOnlySoundsLikeACollectorIsNone() throws Exception {
    Map<String, String> options =
        Map.of("COUNTERWEIGHT_JAVA_OPTS", "-XX:+UseStringDeduplication -XX:+UseGCOverheadLimit");

    assertThat(await(start(clone("clone"), programs("true"), options)).output())
        .contains("-XX:+UseSerialGC");
  }

  @Test
  void aJobIsOptimisedWhereItRunsLongAndAShortCommandNowhere() throws Exception {
    Path home = clone("clone");
    Path bin = programs("true");
    Map<String, String> own = Map.of("COUNTERWEIGHT_JAVA_OPTS", "-XX:Tier4InvocationThreshold=1");

    for (String job : List.of("run", "replay", "demo")) {
      assertThat(await(start(home, bin, own, job)).output())
          .doesNotContain("-XX:TieredStopAtLevel")
          .containsSubsequence(
              "-XX:Tier4InvocationThreshold=200000",
              "-XX:Tier4BackEdgeThreshold=1600000",
              "-XX:Tier4InvocationThreshold=1 ");
    }
    assertThat(await(start(home, bin, own, "config")).output())
        .contains("-XX:TieredStopAtLevel=1")
        .doesNotContain("-XX:Tier4BackEdgeThreshold");
  }

  @Test
  void aLockLeftByAProcessThatIsGoneIsNoObstacle() throws Exception {
    Path home = clone("clone");
    Process gone = new ProcessBuilder("true").start();
    assertThat(gone.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Files.createDirectory(home.resolve(".build.lock"));
    Files.writeString(home.resolve(".build.lock/pid"), Long.toString(gone.pid()));

    assertThat(await(start(home, programs("true"))).code()).isZero();
  }

  @Test
  void aLockThatCannotBeMadeIsNamed() throws Exception {
    Path home = clone("clone");
    Files.writeString(home.resolve(".build.lock"), "not a folder");

    Outcome outcome = await(start(home, programs("true")));

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.output()).contains("error: ", ".build.lock cannot be made");
  }

  @Test
  void aBuildThatFailsIsShownAndLeavesNoLock() throws Exception {
    Path home = clone("clone");

    Outcome outcome = await(start(home, programs("echo 'no such artifact'; exit 1")));

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.output()).contains("no such artifact", "error: the build failed");
    assertThat(home.resolve(".build.lock")).doesNotExist();
  }

  /** What the launcher looks at in a clone. */
  private Path clone(String name) throws IOException {
    Path home = Files.createDirectories(folder.resolve(name));
    Files.copy(Path.of("counterweight"), home.resolve("counterweight"));
    Files.createDirectories(home.resolve(".mvn"));
    Files.createDirectories(home.resolve("src/main"));
    Files.writeString(home.resolve("pom.xml"), "<project/>");
    Files.writeString(home.resolve("src/main/Source.java"), "");
    return home;
  }

  /** A java that tells what it was to run, and a mvn that does as told before it has built. */
  private Path programs(String mvn) throws IOException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    program(
        bin.resolve("java"),
        """
        if [ "$1" = -version ]; then echo 'openjdk version "17.0.1"' >&2; exit; fi
        log=$(dirname "$0")/java.log
        for arg; do
          case $arg in
            -XX:DumpLoadedClassList=*)
              [ ! -e "$(dirname "$0")/fails" ] || { echo no rehearsal; exit 1; }
              printf 'class\n@lambda-proxy\n' >"${arg#*=}"; echo rehearsed >>"$log"
              env | grep '^COUNTERWEIGHT_' >>"$log"; exit 0 ;;
            -Xshare:dump) dump=1 ;;
            -XX:SharedClassListFile=*) list=${arg#*=} ;;
            -XX:SharedArchiveFile=*) archive=${arg#*=} ;;
          esac
        done
        if [ -n "$dump" ] && [ -e "$(dirname "$0")/crashes" ] && grep -q @ "$list"; then
          echo crashed >>"$log"; exit 134
        fi
        if [ -n "$dump" ]; then echo archive >"$archive"; echo dumped >>"$log"; exit; fi
        echo "$@"; echo "job $COUNTERWEIGHT_JOB"
        while [ "$1" != dev.counterweight.cli.Main ]; do shift; done; echo ran "$@"
        """);
    program(
        bin.resolve("mvn"),
        "("
            + mvn
            + ") || exit 1\nmkdir -p target/classes/dev && echo jars > target/classpath.txt\n"
            + "echo broker > target/demo-classpath.txt");
    return bin;
  }

  private static void program(Path file, String script) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private static Process start(Path home, Path bin) throws IOException {
    return start(home, bin, Map.of());
  }

  private static Process start(Path home, Path bin, Map<String, String> more) throws IOException {
    return start(home, bin, more, "config");
  }

  private static Process start(Path home, Path bin, Map<String, String> more, String command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(List.of("sh", home.resolve("counterweight").toString(), command))
            .redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().put("PATH", bin + ":" + System.getenv("PATH"));
    builder.environment().putAll(more);
    return builder.start();
  }

  private static Outcome launch(Path javaHome) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(List.of("sh", "./counterweight", "config")).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", javaHome.toString());
    return await(builder.start());
  }

  private static Outcome await(Process process) throws IOException, InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Outcome(
        process.exitValue(),
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
  }

  private record Outcome(int code, String output) {}
}
