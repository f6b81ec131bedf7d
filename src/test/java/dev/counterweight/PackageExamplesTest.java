package dev.counterweight;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example in the Javadoc of each room of the core compiles, and what it asserts is so. */
class PackageExamplesTest {
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
    List<String> imports =
        Stream.concat(Stream.of("java.util"), CORE.stream().map(r -> "dev.counterweight." + r))
            .toList();

    PackageExample.run(room, imports, folder, Map.of());
  }
}
