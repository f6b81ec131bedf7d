package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaConfigTest {
  private final KafkaConfig config =
      new KafkaConfig(
          "broker:9093",
          Map.of(
              "security.protocol", "SASL_SSL",
              "ssl.truststore.password", "open sesame",
              "consumer.ssl.key.password", "prefixed",
              "sasl.jaas.config", "Module required username=\"ann\" password=\"hunter22\";"));

  @Test
  void secretsDoNotShowWhereItIsPrinted() {
    assertThat(config.toString())
        .contains("broker:9093", "security.protocol=SASL_SSL", "sasl.jaas.config=[hidden]")
        .doesNotContain("sesame", "prefixed", "hunter22");
  }

  @Test
  void secretsAndTheirPartsAreHiddenInAnyText() {
    assertThat(config.masked("no key 'hunter22', nor open sesame at broker:9093"))
        .isEqualTo("no key '[hidden]', nor [hidden] at broker:9093");
  }
}
