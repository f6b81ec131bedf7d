package dev.counterweight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example in the Javadoc of each room of the core compiles, and what it asserts is so. */
class PackageExamplesTest {
  private static final Path ROOMS = Path.of("src", "main", "java", "dev", "counterweight");
  private static final Pattern EXAMPLE =
      Pattern.compile("<pre>\\{@code\\n(.*?)\\n \\* \\}</pre>", Pattern.DOTALL);
  private static final List<String> CORE =
      List.of(
          "tensor",
          "event",
          "weights",
          "sampling",
          "batch",
          "loss",
          "serving",
          "evaluation",
          "protocol",
          "profile",
          "joining");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tensor",
        "event",
        "weights",
        "sampling",
        "batch",
        "loss",
        "serving",
        "evaluation",
        "protocol",
        "profile",
        "joining"
      })
  void theExampleOfARoomRuns(String room) throws Exception {
    Matcher example = EXAMPLE.matcher(Files.readString(ROOMS.resolve(room + "/package-info.java")));
    assertThat(example.find()).isTrue();
    String code =
        example
            .group(1)
            .lines()
            .map(line -> line.replaceFirst("^ \\* ?", ""))
            .collect(Collectors.joining("\n"));
    Path source = folder.resolve("Example.java");
    Files.writeString(
        source,
        Stream.concat(Stream.of("java.util"), CORE.stream().map(r -> "dev.counterweight." + r))
                .map(name -> "import " + name + ".*;\n")
                .collect(Collectors.joining())
            + "public class Example { public static void run() throws Exception {\n"
            + code
            + "\n} }\n");

    compile(source);

    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      loader.setDefaultAssertionStatus(true);
      loader.loadClass("Example").getMethod("run").invoke(null);
    } catch (InvocationTargetException e) {
      throw new AssertionError(code, e.getCause());
    }
  }

  private void compile(Path source) throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  said,
                  files,
                  null,
                  List.of(
                      "-proc:none",
                      "-classpath",
                      System.getProperty("java.class.path"),
                      "-d",
                      folder.toString()),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertThat(compiled).as(said.toString()).isTrue();
    }
  }
}
