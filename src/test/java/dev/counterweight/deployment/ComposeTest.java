package dev.counterweight.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** docker-compose.yml: accepted by docker compose itself, locked down, and of one piece. */
class ComposeTest {
  private static final Set<String> OURS =
      Set.of("counter", "sampler", "trainer", "trainer-gpu", "replay");

  @Test
  void dockerComposeAcceptsItInEveryProfile() {
    List<String> compose = new ArrayList<>();
    if (Programs.has("docker", "compose", "version")) {
      compose.addAll(List.of("docker", "compose"));
    } else {
      Programs.require(Programs.has("docker-compose", "version"), "docker compose");
      compose.add("docker-compose");
    }
    for (String profile : List.of("default", "gpu")) {
      List<String> command = new ArrayList<>(compose);
      command.addAll(List.of("--profile", profile, "config"));
      Programs.Outcome outcome = Programs.run(command.toArray(new String[0]));
      assertThat(outcome.code()).as(outcome.err()).isZero();
      assertThat(outcome.err()).doesNotContainIgnoringCase("warn");
      assertThat(Manifests.parse(outcome.out()).get(0).get("services").has("counter")).isTrue();
    }
  }

  @Test
  void everyServiceHasNoRightsToSpare() throws IOException {
    services()
        .properties()
        .forEach(
            entry -> {
              JsonNode service = entry.getValue();
              String name = entry.getKey();
              assertThat(service.at("/cap_drop/0").asText()).as(name).isEqualTo("ALL");
              assertThat(service.at("/security_opt/0").asText())
                  .as(name)
                  .isEqualTo("no-new-privileges:true");
              assertThat(service.has("privileged") || service.has("cap_add")).as(name).isFalse();
              assertThat(service.at("/logging/options/max-size").asText()).as(name).isNotEmpty();
              if (OURS.contains(name)) {
                assertThat(service.path("mem_limit").asText()).as(name).endsWith("g");
                assertThat(service.path("read_only").asBoolean()).as(name).isTrue();
                assertThat(service.path("user").asText()).as(name).isEqualTo("65532:65532");
              } else {
                assertThat(service.path("image").asText()).as(name).matches(".+:v?[0-9.]+");
              }
              // Nothing listens beyond this machine.
              service
                  .path("ports")
                  .forEach(port -> assertThat(port.asText()).as(name).startsWith("127.0.0.1:"));
            });
  }

  @Test
  void rolesAreKilledOnlyAfterADrain() throws Exception {
    for (String name : OURS) {
      String grace = service(name).get("stop_grace_period").asText();
      assertThat(Integer.parseInt(grace.replace("s", ""))).isGreaterThan(Programs.drainS());
    }
  }

  @Test
  void theBrokerIsOfTheClientsVersion() throws IOException {
    assertThat(services().at("/kafka/image").asText())
        .isEqualTo("apache/kafka:" + AppInfoParser.getVersion());
  }

  @Test
  void itsJobLoadsAndPrometheusScrapesWhereItIsServed() throws IOException {
    Map<String, String> values = new HashMap<>();
    Properties file = new Properties();
    try (Reader in =
        Files.newBufferedReader(Path.of("monitoring", "compose", "shuttle.properties"))) {
      file.load(in);
    }
    file.stringPropertyNames().forEach(key -> values.put(key, file.getProperty(key)));
    JobConfig config = JobConfigLoader.load(values);
    JsonNode scrape =
        Manifests.parse(Files.readString(Path.of("monitoring", "compose", "prometheus.yml")))
            .get(0)
            .at("/scrape_configs/0/dns_sd_configs/0");
    assertThat(scrape.get("port").asInt()).isEqualTo(config.metrics().port());
    scrape
        .get("names")
        .forEach(
            name ->
                assertThat(service(name.asText()).path("command").toString()).contains("--role"));
  }

  @Test
  void everyFileItMountsIsThere() throws IOException {
    for (JsonNode service : services()) {
      for (JsonNode volume : service.path("volumes")) {
        String source = volume.asText().split(":")[0];
        if (source.startsWith("./")) {
          assertThat(Path.of(source)).exists();
        }
      }
    }
  }

  private static JsonNode service(String name) {
    try {
      return services().get(name);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static JsonNode services() throws IOException {
    return file().get("services");
  }

  private static JsonNode file() throws IOException {
    // A reader that knows YAML's merge keys.
    Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
    Object read = yaml.load(Files.readString(Path.of("docker-compose.yml")));
    return new ObjectMapper().valueToTree(read);
  }
}
