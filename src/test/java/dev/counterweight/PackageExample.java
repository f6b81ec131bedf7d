package dev.counterweight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The example in the Javadoc of a package, taken out and run. */
public final class PackageExample {
  private static final Path ROOMS = Path.of("src", "main", "java", "dev", "counterweight");
  private static final Pattern EXAMPLE =
      Pattern.compile("<pre>\\{@code\\n(.*?)\\n \\* \\}</pre>", Pattern.DOTALL);

  private PackageExample() {}

  /**
   * Demands that an example compiles and that what it asserts is so.
   *
   * @param packages what it may name without saying where it is
   * @param folder for what is compiled
   * @param paths {name: value} of the paths that it takes as given
   */
  public static void run(String room, List<String> packages, Path folder, Map<String, Path> paths)
      throws Exception {
    String code = code(room);
    Path source = folder.resolve("Example.java");
    Files.writeString(
        source,
        packages.stream().map(name -> "import " + name + ".*;\n").collect(Collectors.joining())
            + "public class Example {\n"
            + paths.keySet().stream()
                .map(name -> "public static java.nio.file.Path " + name + ";\n")
                .collect(Collectors.joining())
            + "public static void run() throws Exception {\n"
            + code
            + "\n} }\n");
    compile(source);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      loader.setDefaultAssertionStatus(true);
      Class<?> example = loader.loadClass("Example");
      for (Map.Entry<String, Path> path : paths.entrySet()) {
        example.getField(path.getKey()).set(null, path.getValue());
      }
      example.getMethod("run").invoke(null);
    } catch (InvocationTargetException e) {
      throw new AssertionError(code, e.getCause());
    }
  }

  /** The example as it stands in the Javadoc, without what Javadoc needs around it. */
  public static String code(String room) throws Exception {
    Matcher example = EXAMPLE.matcher(Files.readString(ROOMS.resolve(room + "/package-info.java")));
    assertThat(example.find()).isTrue();
    return example
        .group(1)
        .lines()
        .map(line -> line.replaceFirst("^ \\* ?", ""))
        .collect(Collectors.joining("\n"));
  }

  private static void compile(Path source) throws Exception {
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
                      source.resolveSibling("").toString()),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertThat(compiled).as(said.toString()).isTrue();
    }
  }
}
