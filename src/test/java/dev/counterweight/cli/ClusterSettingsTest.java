package dev.counterweight.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterSettingsTest {
  private static final String JAAS = "kafka.sasl.jaas.config";

  @TempDir Path folder;

  @Test
  void aLineOfWhichAPartIsAReferenceIsWrittenOnlyIfNothingElseOfItIsASecret() {
    String safe = "x required username=me password=\"${env:PASSWORD}\";";
    assertThat(written(JAAS, safe)).isEqualTo(safe);
    assertThat(written(JAAS, "x required username=\"${env:NAME}\" password=\"hush\";"))
        .isEqualTo("${env:KAFKA_SASL_JAAS_CONFIG}");
    assertThat(written(JAAS, "x required clientSecret=hush clientId='${env:NAME}';"))
        .isEqualTo("${env:KAFKA_SASL_JAAS_CONFIG}");
    assertThat(written("kafka.ssl.key.password", "hush${env:REST}"))
        .isEqualTo("${env:KAFKA_SSL_KEY_PASSWORD}");
  }

  @Test
  void aFilesLineThatRefersItselfIsNotReferredTo() throws IOException {
    Path file = folder.resolve("client.properties");
    Files.writeString(
        file, "sasl.jaas.config=x required username=\"${env:NAME}\" password=\"hush\";");
    assertThat(written(new ClusterSettings(file, List.of()), JAAS))
        .isEqualTo("${env:KAFKA_SASL_JAAS_CONFIG}");
  }

  @Test
  void aFeatureThatIsCalledATokenIsNoSecret() {
    assertThat(written("feature.session_token.type", "category")).isEqualTo("category");
  }

  private static String written(String key, String value) {
    return written(new ClusterSettings(null, List.of(key + "=" + value)), key);
  }

  private static String written(ClusterSettings settings, String key) {
    return requireNonNull(settings.all().get(key)).written();
  }
}
