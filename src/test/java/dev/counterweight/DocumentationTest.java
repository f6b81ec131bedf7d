package dev.counterweight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages name is there: tests, types and other pages. */
class DocumentationTest {
  private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+(?:Test|IT))(?:#(\\w+))?`");
  private static final Pattern TYPE = Pattern.compile("`([a-z]+)\\.([A-Z]\\w+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:\\s]+)(?:#[^)]*)?\\)");

  @Test
  void everyTestThatAPageNamesIsThere() throws IOException {
    Map<String, Path> tests = sources(Path.of("src", "test", "java"));
    List<String> missing = new ArrayList<>();
    for (MatchResult named : found(TEST)) {
      Path source = tests.get(named.group(1));
      if (source == null
          || named.group(2) != null
              && !Files.readString(source).contains("void " + named.group(2) + "(")) {
        missing.add(named.group());
      }
    }
    assertThat(missing).isEmpty();
    assertThat(found(TEST)).hasSizeGreaterThan(40);
  }

  @Test
  void everyTypeThatAPageNamesIsThere() throws IOException {
    Path rooms = Path.of("src", "main", "java", "dev", "counterweight");
    List<String> missing = new ArrayList<>();
    for (MatchResult named : found(TYPE)) {
      Path room = rooms.resolve(named.group(1));
      if (Files.exists(room) && !Files.exists(room.resolve(named.group(2) + ".java"))) {
        missing.add(named.group());
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void everyPageThatAPageLinksToIsThere() throws IOException {
    List<String> missing = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
        Path folder = page.getParent() == null ? Path.of("") : page.getParent();
        if (!Files.exists(folder.resolve(link.group(1)))) {
          missing.add(page + ": " + link.group(1));
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  private static List<MatchResult> found(Pattern pattern) throws IOException {
    List<MatchResult> found = new ArrayList<>();
    for (Path page : pages()) {
      found.addAll(pattern.matcher(Files.readString(page)).results().toList());
    }
    return found;
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      return Stream.concat(
              Stream.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")),
              docs.filter(page -> page.toString().endsWith(".md")))
          .sorted()
          .toList();
    }
  }

  private static Map<String, Path> sources(Path root) throws IOException {
    Map<String, Path> byName = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(file -> file.toString().endsWith(".java"))
          .forEach(file -> byName.put(file.getFileName().toString().replace(".java", ""), file));
    }
    return byName;
  }
}
