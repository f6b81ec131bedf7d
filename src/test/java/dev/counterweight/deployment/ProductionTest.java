package dev.counterweight.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The production overlay: TLS, users with the least rights, and a Kafka that may start. */
class ProductionTest {
  private static final Path OVERLAY = Path.of("k8s", "overlays", "production");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "production",
        "production-labels",
        "production-scores",
        "production-labels-scores"
      })
  void productionSpeaksTlsAsAUserOfItsOwn(String overlay) throws IOException {
    List<JsonNode> all = Kustomized.build(OVERLAY.resolveSibling(overlay));
    for (String role : Kustomized.roles(all)) {
      JsonNode set = Kustomized.workload(all, role);
      Map<String, String> clients = Kustomized.config(all, role).kafka().clients();
      assertThat(clients)
          .containsEntry("security.protocol", "SSL")
          .containsEntry("ssl.keystore.location", "/etc/kafka-user/user.p12")
          .containsEntry("ssl.truststore.location", "/etc/kafka-ca/ca.p12");
      assertThat(set.at("/spec/template/spec/volumes").toString())
          .contains("\"secretName\":\"counterweight-" + role + "\"");
      assertThat(
              Kustomized.named(all, "KafkaUser", "counterweight-" + role)
                  .at("/spec/authentication/type"))
          .hasToString("\"tls\"");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "production",
        "production-labels",
        "production-scores",
        "production-labels-scores"
      })
  void productionGrantsTheDocumentedRightsAndNoMore(String overlay) throws IOException {
    List<JsonNode> all = Kustomized.build(OVERLAY.resolveSibling(overlay));
    Set<String> roles = Kustomized.roles(all);
    Set<String> granted = new TreeSet<>();
    for (String role : roles) {
      for (JsonNode acl :
          Kustomized.named(all, "KafkaUser", "counterweight-" + role)
              .at("/spec/authorization/acls")) {
        for (JsonNode operation : acl.get("operations")) {
          granted.add(
              String.join(
                  " ",
                  role,
                  acl.at("/resource/type").asText(),
                  acl.at("/resource/name").asText(),
                  acl.at("/resource/patternType").asText(),
                  operation.asText()));
        }
      }
    }
    assertThat(granted)
        .isEqualTo(documented(roles, Kustomized.config(all, "counter").topics().events()));
  }

  @Test
  void aProducerMayWriteTheEventsAndComesInFromAnyNamespace() throws IOException {
    List<JsonNode> all = Kustomized.build(OVERLAY);
    JsonNode acls =
        Kustomized.named(all, "KafkaUser", "payments-producer").at("/spec/authorization/acls");
    assertThat(acls).hasSize(1);
    assertThat(acls.at("/0/resource/name").asText())
        .isEqualTo(Kustomized.config(all, "counter").topics().events());
    assertThat(acls.at("/0/operations")).hasToString("[\"Write\"]");
    assertThat(
            Kustomized.named(all, "Kafka", "kafka")
                .at("/spec/kafka/listeners/0/networkPolicyPeers")
                .toString())
        .contains("\"namespaceSelector\":{}", "counterweight.dev/kafka-client");
  }

  /** What is counted and sampled is the users' topic, or what the joiner makes of it. */
  private static Set<String> documented(Set<String> roles, String events) throws IOException {
    Set<String> rights = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("docs", "security.md"))) {
      String[] cells = line.split("\\s*\\|\\s*");
      String role = cells.length == 6 ? user(cells[1], roles) : "";
      if (roles.contains(role)) {
        for (String right : cells[5].split(", ")) {
          rights.add(
              String.join(
                  " ",
                  role,
                  cells[2].equals("transactional id") ? "transactionalId" : cells[2],
                  cells[3]
                      .replace("`", "")
                      .replace("<job>", "fraud")
                      .replace("<events>", events)
                      .replace("<events.topic>", "payments")
                      .replace("<scores.events.topic>", "payments")
                      .replace("<labels.topic>", "chargebacks"),
                  cells[4].equals("prefixed") ? "prefix" : cells[4],
                  right));
        }
      }
    }
    return rights;
  }

  /** The judge works in the scorer's process, where labels come later. */
  private static String user(String role, Set<String> roles) {
    return role.equals("judge") && roles.containsAll(Set.of("joiner", "scorer")) ? "scorer" : role;
  }

  @ParameterizedTest
  @ValueSource(strings = {"production", "production-labels", "production-scores"})
  void productionMakesTheTopicsAsTheRolesWould(String overlay) throws IOException {
    List<JsonNode> all = Kustomized.build(OVERLAY.resolveSibling(overlay));
    JobTopics topics = Kustomized.config(all, "counter").topics();
    Map<String, Map<String, String>> made = new TreeMap<>();
    for (JsonNode resource : all) {
      if (resource.path("kind").asText().equals("KafkaTopic")) {
        Map<String, String> settings = new HashMap<>();
        resource
            .at("/spec/config")
            .properties()
            .forEach(setting -> settings.put(setting.getKey(), setting.getValue().asText()));
        String name = resource.at("/metadata/name").asText();
        made.put(name, settings);
        if (!Set.of(topics.events(), topics.scores()).contains(name)) {
          assertThat(resource.at("/spec/partitions").asInt()).isEqualTo(1);
        }
      }
    }
    TreeMap<String, Map<String, String>> wanted = new TreeMap<>(TopicSetup.settings(topics));
    if (Kustomized.roles(all).contains("scorer")) {
      wanted.put(topics.scores(), TopicSetup.scoresSettings(topics));
    }
    assertThat(made).isEqualTo(wanted);
  }

  @Test
  void strimziMakesPodsThatTheNamespaceLetsIn() {
    JsonNode kafka = Kustomized.named(Kustomized.build(OVERLAY), "Kafka", "kafka").get("spec");
    JsonNode broker = kafka.at("/kafka/template");
    JsonNode operators = kafka.at("/entityOperator/template");
    for (JsonNode template : List.of(broker, operators)) {
      assertThat(template.at("/pod/securityContext/runAsNonRoot").asBoolean()).isTrue();
      assertThat(template.at("/pod/securityContext/seccompProfile/type").asText())
          .isEqualTo("RuntimeDefault");
    }
    for (JsonNode container :
        List.of(
            broker.path("kafkaContainer"),
            operators.path("topicOperatorContainer"),
            operators.path("userOperatorContainer"))) {
      JsonNode context = container.path("securityContext");
      assertThat(context.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
      assertThat(context.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
    }
    // The image's user is in this group, and the volume is written to by it alone.
    assertThat(broker.at("/pod/securityContext/fsGroup").asInt(-1)).isZero();
  }
}
