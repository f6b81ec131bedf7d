package dev.counterweight.quality;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written must not change but on purpose: then {@link #FROZEN} changes with it. */
class OracleTest {
  private static final String FROZEN = "/oracle.txt";

  @TempDir Path folder;

  @Test
  void snapshotsBatchLogAndDeadLettersAreByteForByteWhatTheyWere() throws IOException {
    List<String> lines = new ArrayList<>();
    for (OracleJob job : OracleJob.plain()) {
      new Oracle(job, folder)
          .untrained()
          .forEach((of, digest) -> lines.add("%s %s %s".formatted(job.name(), of, digest)));
    }
    try (InputStream in = OracleTest.class.getResourceAsStream(FROZEN)) {
      assertThat(lines)
          .containsExactlyElementsOf(
              new String(Objects.requireNonNull(in).readAllBytes(), UTF_8).lines().toList());
    }
  }

  @ParameterizedTest
  @MethodSource("jobs")
  void aResumedTrainerEndsWithTheFilesOfOneNeverInterrupted(OracleJob job) throws IOException {
    Map<String, String> digests = new Oracle(job, folder).all();

    for (String file : List.of("model.safetensors", "optimizer.safetensors", "state.safetensors")) {
      assertThat(digests.get("resumed " + file)).as(file).isNotNull().isEqualTo(digests.get(file));
    }
  }

  static List<OracleJob> jobs() {
    return OracleJob.plain();
  }
}
