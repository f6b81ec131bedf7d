package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.RawEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProtobufConfigTest {
  private static final String TWO =
      "syntax = 'proto3'; message A { string y = 1; double x = 2; } message B { string y = 2; }";

  @TempDir Path dir;

  @Test
  void aFileOfSchemasAndTheNameOfAMessageReadPlainEvents() throws Exception {
    EventDecoder decoder =
        JobConfigLoader.load(job(file(TWO), "events.schema.message=B"))
            .events()
            .decoder(
                id -> {
                  throw new IllegalStateException("no registry is configured");
                });

    byte[] fraud = {2 << 3 | 2, 5, 'f', 'r', 'a', 'u', 'd'};
    assertThat(decoder.head(RawEvent.of(fraud, 1_700_000_000_000L)).label()).isEqualTo(1);
  }

  @Test
  void aFileThatIsNoSchemaOrHasNoSuchMessageIsAProblem() {
    assertThat(problems(file(TWO)))
        .singleElement()
        .asString()
        .startsWith("events.schema.file=")
        .endsWith(
            "events.proto: the schema has 2 messages: events.schema.message must name one of A, B");
    assertThat(problems(file(TWO), "events.schema.message=C"))
        .singleElement()
        .asString()
        .endsWith("events.proto: no message 'C': there are A, B; did you mean 'A'?");
    assertThat(problems(file("{}")))
        .singleElement()
        .asString()
        .contains("events.proto: not .proto text: Syntax error");
    assertThat(problems(file(TWO), "events.schema.message=A", "events.envelope=connect"))
        .containsExactly(
            "events.envelope=connect: Kafka Connect's converters for protobuf wrap nothing: remove"
                + " it");
    assertThat(problems()).anyMatch(p -> p.startsWith("events.format=protobuf needs"));
  }

  private String file(String text) {
    try {
      return "events.schema.file=" + Files.writeString(dir.resolve("events.proto"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> problems(String... settings) {
    InvalidConfigException e =
        catchThrowableOfType(
            InvalidConfigException.class, () -> JobConfigLoader.load(job(settings)));
    return e == null ? List.of() : e.problems();
  }

  private static Map<String, String> job(String... settings) {
    Map<String, String> job =
        new HashMap<>(
            Map.of(
                "job", "fraud",
                "bootstrap.servers", "localhost:9092",
                "events.topic", "payments",
                "events.format", "protobuf",
                "events.label", "y",
                "events.classes", "ok, fraud",
                "events.features", "x",
                "checkpoint.dir", "/tmp/checkpoints"));
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      job.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return job;
  }
}
