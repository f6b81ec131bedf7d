package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A run up to the end of its topics that has ended well, in a process of its own. */
record EndedRun(String output, JsonNode summary) {

  /**
   * Runs to the end.
   *
   * @param config the job's; log and summary stand beside it, under {@code name}
   * @param limitS seconds that it may take
   * @param more arguments
   */
  static EndedRun of(Path config, String name, long limitS, String... more) throws Exception {
    try (ChildJvm run = start(config, name, more)) {
      assertThat(run.await(limitS)).as(run.output()).isZero();
      return new EndedRun(run.output(), summary(config, name));
    }
  }

  /** The same, under way. */
  static ChildJvm start(Path config, String name, String... more) {
    List<String> args =
        new ArrayList<>(List.of("run", "--config", config.toString(), "--stop-at-end"));
    args.addAll(List.of("--summary", config.resolveSibling(name + ".json").toString()));
    args.addAll(List.of(more));
    return ChildJvm.start(config.resolveSibling(name + ".log"), args);
  }

  /** The summary that such a run has written. */
  static JsonNode summary(Path config, String name) throws IOException {
    return new ObjectMapper().readTree(config.resolveSibling(name + ".json").toFile());
  }
}
