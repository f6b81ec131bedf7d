package dev.counterweight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each message that docs/troubleshooting.md quotes stands in the source, word for word. */
class TroubleshootingPageTest {
  /** The first cell of a row, where it is a message and nothing else. */
  private static final Pattern MESSAGE = Pattern.compile("(?m)^\\| `([^`]+)` \\| ");

  private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");

  @Test
  void everyMessageQuotedIsSaidBySomething() throws IOException {
    List<String> messages =
        MESSAGE
            .matcher(Files.readString(Path.of("docs/troubleshooting.md")))
            .results()
            .map(message -> message.group(1))
            .toList();
    List<String> sources = sources();

    List<String> unsaid = new ArrayList<>();
    for (String message : messages) {
      if (sources.stream().noneMatch(source -> says(source, message))) {
        unsaid.add(message);
      }
    }

    assertThat(unsaid).isEmpty();
    assertThat(messages).hasSizeGreaterThan(50);
  }

  /**
   * What stands between two places that are filled in, wherever a class puts its message together.
   */
  private static boolean says(String source, String message) {
    return Stream.of(message.split("…")).allMatch(source::contains);
  }

  private static List<String> sources() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
      return Stream.concat(
              Stream.of(Path.of("counterweight")),
              files.filter(file -> file.toString().endsWith(".java")))
          .map(TroubleshootingPageTest::read)
          .toList();
    }
  }

  private static String read(Path source) {
    try {
      return JOINED.matcher(Files.readString(source)).replaceAll("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
