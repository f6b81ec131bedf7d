package dev.counterweight.speed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LaunchedJavaTest {
  @Test
  void givesJavaWhatTheLauncherGivesIt() throws Exception {
    String launcher = Files.readString(Path.of("counterweight"));

    assertThat(launcher).contains(LaunchedJava.OPTIONS).contains(LaunchedJava.LATER_OPTION);
    LaunchedJava.ENVIRONMENT.forEach(
        (name, value) ->
            assertThat(launcher).containsPattern("\\b%s:?=%s\\b".formatted(name, value)));
  }
}
