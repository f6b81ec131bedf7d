package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaKeysTest {
  private static final SmallJob JOB = new SmallJob("events.features=amount", "events.label=label");

  @TempDir private Path dir;

  private static SchemaConfig load(String... settings) {
    return JOB.load(settings).events().schemas();
  }

  private static void refused(String words, String... settings) {
    assertThatThrownBy(() -> load(settings)).hasMessageContaining(words);
  }

  @Test
  void aRegistryMeansFramesAndAFilePlainValuesUnlessItIsSaid() throws Exception {
    Path file = Files.writeString(dir.resolve("event.avsc"), "\"int\"");

    assertThat(load()).isEqualTo(SchemaConfig.NONE);
    assertThat(load("events.schema.registry=http://r:8081").framed()).isTrue();
    assertThat(load("events.schema.frame=confluent").framed()).isTrue();
    assertThat(load("events.schema.registry=http://r:8081", "events.schema.frame=none").framed())
        .isFalse();
    assertThat(load("events.format=avro", "events.schema.file=" + file).framed()).isFalse();
    assertThat(
            load(
                    "events.format=avro",
                    "events.schema.file=" + file,
                    "events.schema.frame=confluent")
                .framed())
        .isTrue();
  }

  @Test
  void aRegistryIsReachedAsItsKeysSay() {
    RegistryConfig config =
        load(
                "events.schema.registry=https://r:8081/apis/ccompat/v7/",
                "events.schema.registry.timeout=2s",
                "events.schema.registry.user=me",
                "events.schema.registry.password=pa55word",
                "events.schema.registry.ssl.truststore.location=/ca.pem",
                "events.schema.registry.ssl.truststore.type=PEM",
                "events.schema.registry.ssl.key.password=pa55word")
            .registry();

    assertThat(config)
        .isEqualTo(
            new RegistryConfig(
                URI.create("https://r:8081/apis/ccompat/v7"),
                "me",
                "pa55word",
                null,
                Duration.ofSeconds(2),
                Map.of(
                    "ssl.truststore.location", "/ca.pem",
                    "ssl.truststore.type", "PEM",
                    "ssl.key.password", "pa55word")));
    assertThat(String.valueOf(config)).contains("/ca.pem").doesNotContain("pa55word");
  }

  @Test
  void whatCannotBeMeantIsRefusedAndNoSecretShown() throws Exception {
    Path file = Files.writeString(dir.resolve("event.avsc"), "\"int\"");
    String registry = "events.schema.registry=http://r:8081";
    refused("must be an http or https URL", "events.schema.registry=r:8081");
    refused("must be an http or https URL", "events.schema.registry=http://r:8081?a=b");
    refused("must be a file that can be read", "events.schema.file=" + dir.resolve("none"));
    refused("events.format=avro needs events.schema.registry or", "events.format=avro");
    refused("set one of them", "events.format=avro", registry, "events.schema.file=" + file);
    refused(
        "has no id to look up then", "events.format=avro", registry, "events.schema.frame=none");
    refused("is for events.format=avro or protobuf", "events.schema.file=" + file);
    refused("events.format=csv has no frames", "events.format=csv", registry);
    refused("is for events.format=protobuf: remove it", registry, "events.schema.message=M");
    refused("go together", registry, "events.schema.registry.user=me");
    refused(
        "events.schema.registry.user and events.schema.registry.token: set one",
        registry,
        "events.schema.registry.user=me",
        "events.schema.registry.password=x",
        "events.schema.registry.token=y");
    assertThatThrownBy(() -> load("events.schema.registry=http://me:pa55word@r:8081"))
        .hasMessageContaining("events.schema.registry=http://[hidden]@r:8081: must be an http")
        .hasMessageNotContaining("pa55word");
    assertThatThrownBy(() -> load("events.schema.registry.token=pa55word"))
        .hasMessageContaining(
            "events.schema.registry.token has no effect without events.schema.registry")
        .hasMessageNotContaining("pa55word");
  }
}
