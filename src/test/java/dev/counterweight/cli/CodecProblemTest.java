package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.protocol.FailureException;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The causes are as the clients have them where the folder for temporary files is noexec. */
class CodecProblemTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/tmp/libzstd-jni-1.5.6-10.so: failed to map segment from shared object",
        "Could not initialize class org.xerial.snappy.Snappy",
      })
  void theFolderThatACodecIsUnpackedIntoIsNamedWithItsSetting(String cause) {
    KafkaException fetch =
        new KafkaException("Received exception when fetching", new LinkageError(cause));

    assertThat(CodecProblem.in(new FailureException("the counter failed", fetch)))
        .contains("java.io.tmpdir=" + System.getProperty("java.io.tmpdir"))
        .contains("-Djava.io.tmpdir=FOLDER");
  }

  @ParameterizedTest
  @ValueSource(strings = {"topic 'zstd' does not exist", "no answer"})
  void ofOtherFailuresItSaysNothing(String message) {
    assertThat(CodecProblem.in(new FailureException(message, new KafkaException(message))))
        .isEmpty();
  }
}
