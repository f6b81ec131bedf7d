package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.RawEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProtobufConfigTest {
  private static final SmallJob JOB =
      new SmallJob("events.format=protobuf", "events.label=y", "events.features=x");
  private static final String TWO =
      "syntax = 'proto3'; message A { string y = 1; double x = 2; } message B { string y = 2; }";

  @TempDir Path dir;

  @Test
  void aFileOfSchemasAndTheNameOfAMessageReadPlainEvents() throws Exception {
    EventDecoder decoder =
        JOB.load(file(TWO), "events.schema.message=B")
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
    assertThat(JOB.problems(file(TWO)))
        .singleElement()
        .asString()
        .startsWith("events.schema.file=")
        .endsWith(
            "events.proto: the schema has 2 messages: events.schema.message must name one of A, B");
    assertThat(JOB.problems(file(TWO), "events.schema.message=C"))
        .singleElement()
        .asString()
        .endsWith("events.proto: no message 'C': there are A, B; did you mean 'A'?");
    assertThat(JOB.problems(file("{}")))
        .singleElement()
        .asString()
        .contains("events.proto: not .proto text: Syntax error");
    assertThat(JOB.problems(file(TWO), "events.schema.message=A", "events.envelope=connect"))
        .containsExactly(
            "events.envelope=connect: Kafka Connect's converters for protobuf wrap nothing: remove"
                + " it");
    assertThat(JOB.problems()).anyMatch(p -> p.startsWith("events.format=protobuf needs"));
  }

  private String file(String text) {
    try {
      return "events.schema.file=" + Files.writeString(dir.resolve("events.proto"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
