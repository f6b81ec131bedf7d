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
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** docker-compose.yml: accepted by docker compose itself, locked down, and of one piece. */
class ComposeTest {
  private static final Set<String> OURS =
      Set.of("joiner", "counter", "sampler", "trainer", "trainer-gpu", "scorer", "replay");

  @ParameterizedTest
  @ValueSource(strings = {"default", "gpu", "own", "own-gpu"})
  void dockerComposeAcceptsItInEveryProfile(String profile) {
    assertThat(config(Map.of(), profile).has("counter")).isTrue();
    // docker-compose 1 prints the services of all profiles.
    assertThat(starts("counter", profile)).isTrue();
    assertThat(starts("trainer", profile)).isNotEqualTo(profile.endsWith("gpu"));
    assertThat(starts("trainer-gpu", profile)).isEqualTo(profile.endsWith("gpu"));
    assertThat(starts("replay", profile)).isNotEqualTo(profile.startsWith("own"));
  }

  private static boolean starts(String name, String profile) {
    JsonNode profiles = service(name).path("profiles");
    return profiles.isMissingNode() || profiles.toString().contains("\"" + profile + "\"");
  }

  @Test
  void onesOwnJobRunsOnATopicOfItsOwn() {
    JsonNode services =
        config(Map.of("COUNTERWEIGHT_JOB", "./pom.xml", "COUNTERWEIGHT_TOPIC", "payments"), "own");

    assertThat(services.at("/events-topic/command").toString()).contains("--topic=payments");
    for (String role : List.of("counter", "sampler", "trainer")) {
      JsonNode service = services.get(role);
      assertThat(service.get("volumes").toString())
          .contains("/pom.xml")
          .doesNotContain("shuttle.properties");
      // A file that also runs on the host says localhost.
      assertThat(service.at("/environment/COUNTERWEIGHT_BOOTSTRAP_SERVERS").asText())
          .isEqualTo("kafka:9092");
      assertThat(service.at("/environment/COUNTERWEIGHT_METRICS_HOST").asText())
          .isEqualTo("0.0.0.0");
    }
  }

  @Test
  void aJoinerRunsWhereLabelsComeLaterAndNowhereElse() {
    JsonNode services =
        config(Map.of("COUNTERWEIGHT_LABELS", "chargebacks"), "own", "--profile", "labels");

    for (String profile : List.of("default", "gpu", "own", "own-gpu")) {
      assertThat(starts("joiner", profile)).isFalse();
    }
    assertThat(services.at("/labels-topic/command").toString()).contains("--topic=chargebacks");
    assertThat(services.at("/joiner/command").toString()).contains("--role", "joiner");
    JsonNode environment = services.at("/joiner/environment");
    assertThat(environment.get("COUNTERWEIGHT_BOOTSTRAP_SERVERS").asText()).isEqualTo("kafka:9092");
    assertThat(services.at("/joiner/volumes").toString())
        .contains(environment.get("COUNTERWEIGHT_LABELS_STATE_DIR").asText());
  }

  @Test
  void aScorerAnswersThisMachineWhereItIsAskedForAndNowhereElse() {
    JsonNode services = config(Map.of("SCORES_PORT", "18080"), "default", "--profile", "scores");

    for (String profile : List.of("default", "gpu", "own", "own-gpu", "labels")) {
      assertThat(starts("scorer", profile)).isFalse();
    }
    JsonNode scorer = services.get("scorer");
    JsonNode environment = scorer.get("environment");
    assertThat(scorer.get("command").toString()).contains("--role", "scorer");
    assertThat(scorer.get("ports").toString())
        .contains("18080", "127.0.0.1", environment.get("COUNTERWEIGHT_SCORES_PORT").asText());
    assertThat(environment.get("COUNTERWEIGHT_SCORES_HOST").asText()).isEqualTo("0.0.0.0");
    assertThat(scorer.get("volumes").toString())
        .contains(environment.get("COUNTERWEIGHT_SCORES_STATE_DIR").asText())
        .as("it takes models from where the trainer puts them, and puts none there")
        .contains("/checkpoints");
    assertThat(service("scorer").get("volumes").toString()).contains("checkpoints:/checkpoints:ro");
  }

  @Test
  void thisMachineReachesKafkaAndTheLivePageAndNobodyElseDoes() {
    JsonNode services = config(Map.of("KAFKA_PORT", "19092", "COUNTERWEIGHT_PORT", "19464"), "own");

    JsonNode kafka = services.get("kafka");
    assertThat(kafka.at("/environment/KAFKA_LISTENERS").asText()).contains("HOST://:9094");
    assertThat(kafka.at("/environment/KAFKA_ADVERTISED_LISTENERS").asText())
        .contains("HOST://127.0.0.1:19092");
    assertThat(kafka.get("ports").toString()).contains("19092", "9094", "127.0.0.1");
    assertThat(services.at("/counter/ports").toString()).contains("19464", "9464", "127.0.0.1");
  }

  @Test
  void imagesAreOfThisRelease() throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    String release = pom.split("<version>", 2)[1].split("(-SNAPSHOT)?</version>", 2)[0];
    for (String name : OURS) {
      String tag = release + (name.endsWith("gpu") ? "-gpu" : "");
      assertThat(service(name).get("image").asText()).endsWith(":-counterweight:" + tag + "}");
    }
  }

  @Test
  void nobodyLogsInToGrafana() throws IOException {
    JsonNode grafana = service("grafana").get("environment");

    assertThat(grafana.get("GF_AUTH_ANONYMOUS_ORG_ROLE").asText()).isEqualTo("Viewer");
    assertThat(grafana.get("GF_AUTH_DISABLE_LOGIN_FORM").asText()).isEqualTo("true");
    // Grafana makes a user admin whose password is admin, and takes it by basic authentication.
    assertThat(grafana.path("GF_AUTH_BASIC_ENABLED").asText()).isEqualTo("false");
    assertThat(grafana.path("GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION").asText())
        .isEqualTo("true");
  }

  /** The services as docker compose would start them. */
  private static JsonNode config(Map<String, String> environment, String profile, String... more) {
    List<String> command = new ArrayList<>();
    if (Programs.has("docker", "compose", "version")) {
      command.addAll(List.of("docker", "compose"));
    } else {
      Programs.require(Programs.has("docker-compose", "version"), "docker compose");
      command.add("docker-compose");
    }
    command.addAll(List.of("--profile", profile));
    command.addAll(List.of(more));
    command.add("config");
    Programs.Outcome outcome = Programs.run(environment, command.toArray(new String[0]));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).doesNotContainIgnoringCase("warn");
    return Manifests.parse(outcome.out()).get(0).get("services");
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
    service("counter")
        .get("environment")
        .properties()
        .forEach(variable -> values.put(key(variable.getKey()), variable.getValue().asText()));
    JobConfig config = JobConfigLoader.load(values);
    assertThat(config.metrics().host()).isEqualTo("0.0.0.0");
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
        // A variable's default is what is mounted without it.
        String source = volume.asText().replaceFirst("^\\$\\{\\w+:-(.+)}", "$1").split(":")[0];
        if (source.startsWith("./")) {
          assertThat(Path.of(source)).exists();
        }
      }
    }
  }

  private static String key(String variable) {
    return variable.substring("COUNTERWEIGHT_".length()).toLowerCase(Locale.ROOT).replace('_', '.');
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
