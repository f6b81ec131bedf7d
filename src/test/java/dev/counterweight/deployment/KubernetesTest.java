package dev.counterweight.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.JobTopics;
import dev.counterweight.runtime.TopicSetup;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What kustomize makes of every overlay: well-formed, strict, and locked down. */
class KubernetesTest {
  private static final Set<String> ROLES = Set.of("counter", "sampler", "trainer");
  private static final int DRAIN_S = 30;
  private static final Map<Path, String> BUILT = new HashMap<>();

  @BeforeAll
  static void kubectl() {
    Assumptions.assumeTrue(Programs.has("kubectl", "version", "--client"), "no kubectl here");
  }

  static List<Path> overlays() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of("k8s", "overlays"))) {
      return Stream.concat(Stream.of(Path.of("k8s", "base")), folders).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyFieldIsOneThatItsTypeKnows(Path overlay) {
    for (JsonNode resource : build(overlay)) {
      assertThat(Manifests.typed(resource)).as(Manifests.name(resource)).isNotNull();
    }
  }

  @Test
  void aFieldThatIsMisspeltWouldBeRefused() {
    JsonNode set = statefulSet(build(Path.of("k8s", "base")), "counter");
    ((ObjectNode) set.at("/spec/template/spec")).put("enableServiceLink", false);

    assertThatThrownBy(() -> Manifests.typed(set)).hasMessageContaining("enableServiceLink");
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void podsMayDoNothingTheyNeedNot(Path overlay) {
    for (JsonNode resource : build(overlay)) {
      JsonNode pod = resource.at("/spec/template/spec");
      if (!pod.has("containers")) {
        continue;
      }
      String name = overlay + " " + Manifests.name(resource);
      assertThat(pod.at("/automountServiceAccountToken").asBoolean(true)).as(name).isFalse();
      assertThat(pod.at("/enableServiceLinks").asBoolean(true)).as(name).isFalse();
      assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).as(name).isTrue();
      assertThat(pod.at("/securityContext/runAsUser").asInt()).as(name).isPositive();
      assertThat(pod.at("/securityContext/seccompProfile/type").asText())
          .as(name)
          .isEqualTo("RuntimeDefault");
      assertThat(pod.at("/terminationGracePeriodSeconds").asInt()).as(name).isGreaterThan(DRAIN_S);
      assertThat(pod.has("hostNetwork") || pod.has("hostPID") || pod.has("hostIPC")).isFalse();
      pod.get("containers").forEach(container -> assertLockedDown(name, container));
    }
  }

  private static void assertLockedDown(String name, JsonNode container) {
    JsonNode security = container.get("securityContext");
    assertThat(security.path("allowPrivilegeEscalation").asBoolean(true)).as(name).isFalse();
    assertThat(security.at("/capabilities/drop/0").asText()).as(name).isEqualTo("ALL");
    assertThat(security.at("/capabilities").has("add")).as(name).isFalse();
    assertThat(container.at("/resources/requests").has("cpu")).as(name).isTrue();
    assertThat(container.at("/resources/requests").has("memory")).as(name).isTrue();
    assertThat(container.at("/resources/limits").has("memory")).as(name).isTrue();
    assertThat(container.get("image").asText()).as(name).contains(":").doesNotEndWith(":latest");
    if (!container.get("name").asText().equals("kafka")) {
      assertThat(security.path("readOnlyRootFilesystem").asBoolean()).as(name).isTrue();
    }
    container
        .path("env")
        .forEach(
            variable -> {
              if (variable.get("name").asText().endsWith("PASSWORD")) {
                assertThat(variable.get("value").asText()).as(name).startsWith("${directory:");
              }
            });
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void rolesAreProbedAndMayBeMovedOneAtATime(Path overlay) {
    List<JsonNode> all = build(overlay);
    if (all.stream().noneMatch(r -> r.path("kind").asText().equals("StatefulSet"))) {
      return;
    }
    for (String role : ROLES) {
      JsonNode container = statefulSet(all, role).at("/spec/template/spec/containers/0");
      assertThat(container.at("/startupProbe/httpGet/path").asText()).isEqualTo("/health/live");
      assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/health/live");
      assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/health/ready");
      JsonNode budget = named(all, "PodDisruptionBudget", "counterweight-" + role);
      assertThat(budget.at("/spec/maxUnavailable").asInt()).isEqualTo(1);
      assertThat(budget.at("/spec/selector/matchLabels"))
          .isEqualTo(statefulSet(all, role).at("/spec/selector/matchLabels"));
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void nothingIsReachedUnlessAllowed(Path overlay) {
    List<JsonNode> all = build(overlay);
    if (all.stream().noneMatch(r -> r.path("kind").asText().equals("StatefulSet"))) {
      return;
    }
    JsonNode deny = named(all, "NetworkPolicy", "deny-by-default");
    assertThat(deny.at("/spec/podSelector")).isEmpty();
    assertThat(deny.at("/spec/policyTypes")).hasSize(2);
    assertThat(deny.get("spec").has("ingress") || deny.get("spec").has("egress")).isFalse();
    JsonNode namespace = named(all, "Namespace", "counterweight");
    assertThat(namespace.at("/metadata/labels/pod-security.kubernetes.io~1enforce").asText())
        .isEqualTo("restricted");
    // A rule without peers lets in the whole cluster.
    for (JsonNode policy : all) {
      if (!policy.path("kind").asText().equals("NetworkPolicy")) {
        continue;
      }
      policy
          .at("/spec/ingress")
          .forEach(rule -> assertThat(rule.path("from")).as(Manifests.name(policy)).isNotEmpty());
    }
    // Every name is in one namespace: what is outside it would be outside the policies.
    all.stream()
        .filter(r -> !r.path("kind").asText().equals("Namespace"))
        .forEach(
            r ->
                assertThat(r.at("/metadata/namespace").asText())
                    .as(Manifests.name(r))
                    .isEqualTo("counterweight"));
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void theConfigurationOfEveryRoleIsOneThatLoads(Path overlay) throws IOException {
    List<JsonNode> all = build(overlay);
    if (all.stream().noneMatch(r -> r.path("kind").asText().equals("StatefulSet"))) {
      return;
    }
    for (String role : ROLES) {
      JobConfig config = config(all, role);
      assertThat(config.trainer().checkpoints().dir()).hasToString("/checkpoints");
      assertThat(config.metrics().host()).isEqualTo("0.0.0.0");
    }
  }

  @Test
  void productionSpeaksTlsAsAUserOfItsOwn() throws IOException {
    List<JsonNode> all = build(Path.of("k8s", "overlays", "production"));
    for (String role : ROLES) {
      JsonNode set = statefulSet(all, role);
      Map<String, String> clients = config(all, role).kafka().clients();
      assertThat(clients)
          .containsEntry("security.protocol", "SSL")
          .containsEntry("ssl.keystore.location", "/etc/kafka-user/user.p12")
          .containsEntry("ssl.truststore.location", "/etc/kafka-ca/ca.p12");
      assertThat(set.at("/spec/template/spec/volumes").toString())
          .contains("\"secretName\":\"counterweight-" + role + "\"");
      assertThat(named(all, "KafkaUser", "counterweight-" + role).at("/spec/authentication/type"))
          .hasToString("\"tls\"");
    }
  }

  @Test
  void productionGrantsTheDocumentedRightsAndNoMore() throws IOException {
    List<JsonNode> all = build(Path.of("k8s", "overlays", "production"));
    Set<String> granted = new TreeSet<>();
    for (String role : ROLES) {
      for (JsonNode acl :
          named(all, "KafkaUser", "counterweight-" + role).at("/spec/authorization/acls")) {
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
    assertThat(granted).isEqualTo(documented());
  }

  private static Set<String> documented() throws IOException {
    Set<String> rights = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("docs", "security.md"))) {
      String[] cells = line.split("\\s*\\|\\s*");
      if (cells.length == 6 && ROLES.contains(cells[1])) {
        for (String right : cells[5].split(", ")) {
          rights.add(
              String.join(
                  " ",
                  cells[1],
                  cells[2].equals("transactional id") ? "transactionalId" : cells[2],
                  cells[3]
                      .replace("`", "")
                      .replace("<job>", "fraud")
                      .replace("<events>", "payments"),
                  cells[4].equals("prefixed") ? "prefix" : cells[4],
                  right));
        }
      }
    }
    return rights;
  }

  @Test
  void productionMakesTheTopicsAsTheRolesWould() {
    Map<String, Map<String, String>> made = new TreeMap<>();
    for (JsonNode resource : build(Path.of("k8s", "overlays", "production"))) {
      if (resource.path("kind").asText().equals("KafkaTopic")) {
        Map<String, String> settings = new HashMap<>();
        resource
            .at("/spec/config")
            .properties()
            .forEach(setting -> settings.put(setting.getKey(), setting.getValue().asText()));
        made.put(resource.at("/metadata/name").asText(), settings);
        assertThat(resource.at("/spec/partitions").asInt()).isEqualTo(1);
      }
    }
    assertThat(made)
        .isEqualTo(new TreeMap<>(TopicSetup.settings(new JobTopics("fraud", "payments"))));
  }

  @Test
  void rulesAndDashboardsAreThoseOfPrometheusAndGrafana() throws IOException {
    List<JsonNode> all = build(Path.of("k8s", "overlays", "monitoring"));
    Path rules = Path.of("monitoring", "prometheus", "rules", "counterweight.yml");
    assertThat(named(all, "PrometheusRule", "counterweight").get("spec"))
        .as("k8s/overlays/monitoring/rules.yaml says how to make it anew")
        .isEqualTo(Manifests.parse(Files.readString(rules)).get(0));
    JsonNode dashboards = named(all, "ConfigMap", "counterweight-dashboards").get("data");
    try (Stream<Path> files = Files.list(Path.of("monitoring", "grafana", "dashboards"))) {
      for (Path file : files.toList()) {
        assertThat(dashboards.path(file.getFileName().toString()).asText())
            .as(file.toString())
            .isEqualTo(Files.readString(file));
      }
    }
  }

  @Test
  void theGpuGoesToTheTrainerOnly() {
    List<JsonNode> all = build(Path.of("k8s", "overlays", "gpu"));
    Set<String> withGpu = new HashSet<>();
    for (String role : ROLES) {
      JsonNode pod = statefulSet(all, role).at("/spec/template/spec");
      if (pod.at("/containers/0/resources/limits").has("nvidia.com/gpu")) {
        withGpu.add(role);
        assertThat(pod.at("/tolerations/0/key").asText()).isEqualTo("nvidia.com/gpu");
        assertThat(pod.path("nodeSelector")).isNotEmpty();
        assertThat(pod.at("/containers/0/image").asText()).endsWith("-gpu");
      }
    }
    assertThat(withGpu).containsExactly("trainer");
  }

  /** What the role in a pod would start with. */
  private static JobConfig config(List<JsonNode> all, String role) throws IOException {
    JsonNode configMap =
        all.stream()
            .filter(r -> r.path("kind").asText().equals("ConfigMap"))
            .filter(r -> r.at("/metadata/name").asText().startsWith("counterweight-job"))
            .findFirst()
            .orElseThrow();
    Properties file = new Properties();
    file.load(new StringReader(configMap.at("/data/job.properties").asText()));
    Map<String, String> values = new HashMap<>();
    file.stringPropertyNames().forEach(key -> values.put(key, file.getProperty(key)));
    JsonNode container = statefulSet(all, role).at("/spec/template/spec/containers/0");
    for (JsonNode variable : container.get("env")) {
      String key =
          variable.get("name").asText().substring("COUNTERWEIGHT_".length()).replace('_', '.');
      String value = variable.path("value").asText("pod-0");
      // The secret is mounted in a cluster only.
      values.put(key.toLowerCase(java.util.Locale.ROOT), value.startsWith("${") ? "secret" : value);
    }
    return JobConfigLoader.load(values);
  }

  private static List<JsonNode> build(Path overlay) {
    String yaml =
        BUILT.computeIfAbsent(
            overlay,
            folder -> {
              Programs.Outcome built = Programs.run("kubectl", "kustomize", folder.toString());
              assertThat(built.code()).as(folder + ": " + built.err()).isZero();
              return built.out();
            });
    return new ArrayList<>(Manifests.parse(yaml));
  }

  private static JsonNode statefulSet(List<JsonNode> all, String role) {
    return named(all, "StatefulSet", "counterweight-" + role);
  }

  private static JsonNode named(List<JsonNode> all, String kind, String name) {
    return StreamSupport.stream(all.spliterator(), false)
        .filter(r -> Manifests.name(r).equals(kind + "/" + name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + kind + " " + name));
  }
}
