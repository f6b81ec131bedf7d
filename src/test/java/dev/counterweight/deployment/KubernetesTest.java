package dev.counterweight.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.config.JobConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What kustomize makes of every overlay: well-formed, strict, and locked down. */
class KubernetesTest {

  @ParameterizedTest
  @MethodSource("dev.counterweight.deployment.Kustomized#overlays")
  void everyFieldIsOneThatItsTypeKnows(Path overlay) {
    for (JsonNode resource : Kustomized.build(overlay)) {
      assertThat(Manifests.typed(resource)).as(Manifests.name(resource)).isNotNull();
    }
  }

  @Test
  void aFieldThatIsMisspeltWouldBeRefused() {
    JsonNode set = Kustomized.workload(Kustomized.build(Path.of("k8s", "base")), "counter");
    ((ObjectNode) set.at("/spec/template/spec")).put("enableServiceLink", false);

    assertThatThrownBy(() -> Manifests.typed(set)).hasMessageContaining("enableServiceLink");
  }

  @ParameterizedTest
  @MethodSource("dev.counterweight.deployment.Kustomized#overlays")
  void podsMayDoNothingTheyNeedNot(Path overlay) throws ReflectiveOperationException {
    int drainS = Programs.drainS();
    for (JsonNode resource : Kustomized.build(overlay)) {
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
      assertThat(pod.at("/terminationGracePeriodSeconds").asInt()).as(name).isGreaterThan(drainS);
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
    assertThat(container.at("/resources/limits").has("memory")).as(name).isTrue();
    // A pod that may take more than it asked for is killed when its node runs short.
    assertThat(container.at("/resources/requests/memory"))
        .as(name)
        .isEqualTo(container.at("/resources/limits/memory"));
    assertThat(container.get("image").asText()).as(name).contains(":").doesNotEndWith(":latest");
    if (!container.get("name").asText().equals("kafka")) {
      assertThat(security.path("readOnlyRootFilesystem").asBoolean()).as(name).isTrue();
    }
    container
        .path("env")
        .forEach(
            variable -> {
              if (variable.get("name").asText().matches(".*_(PASSWORD|TOKEN)")) {
                assertThat(variable.get("value").asText()).as(name).startsWith("${directory:");
              }
            });
  }

  @ParameterizedTest
  @MethodSource("dev.counterweight.deployment.Kustomized#overlays")
  void rolesAreProbedAndMayBeMovedOneAtATime(Path overlay) {
    List<JsonNode> all = Kustomized.build(overlay);
    if (all.stream().noneMatch(r -> r.path("kind").asText().equals("StatefulSet"))) {
      return;
    }
    for (String role : Kustomized.roles(all)) {
      JsonNode container = Kustomized.workload(all, role).at("/spec/template/spec/containers/0");
      assertThat(container.at("/startupProbe/httpGet/path").asText()).isEqualTo("/health/live");
      assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/health/live");
      assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/health/ready");
      JsonNode budget = Kustomized.named(all, "PodDisruptionBudget", "counterweight-" + role);
      assertThat(budget.at("/spec/maxUnavailable").asInt()).isEqualTo(1);
      assertThat(budget.at("/spec/selector/matchLabels"))
          .isEqualTo(Kustomized.workload(all, role).at("/spec/selector/matchLabels"));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.counterweight.deployment.Kustomized#overlays")
  void nothingIsReachedUnlessAllowed(Path overlay) {
    List<JsonNode> all = Kustomized.build(overlay);
    if (all.stream().noneMatch(r -> r.path("kind").asText().equals("StatefulSet"))) {
      return;
    }
    JsonNode deny = Kustomized.named(all, "NetworkPolicy", "deny-by-default");
    assertThat(deny.at("/spec/podSelector")).isEmpty();
    assertThat(deny.at("/spec/policyTypes")).hasSize(2);
    assertThat(deny.get("spec").has("ingress") || deny.get("spec").has("egress")).isFalse();
    JsonNode namespace = Kustomized.named(all, "Namespace", "counterweight");
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
  @MethodSource("dev.counterweight.deployment.Kustomized#overlays")
  void namesAreAskedOfTheClusterAndOfItsNodes(Path overlay) {
    List<JsonNode> all = Kustomized.build(overlay);
    if (all.stream().noneMatch(r -> r.path("kind").asText().equals("StatefulSet"))) {
      return;
    }
    JsonNode names =
        Kustomized.named(all, "NetworkPolicy", "counterweight-to-kafka").at("/spec/egress/0");
    assertThat(names.get("to").toString())
        .contains("kube-system", "169.254.20.10/32", "169.254.169.254/32");
    names.get("ports").forEach(port -> assertThat(port.get("port").asInt()).isEqualTo(53));
  }

  @Test
  void aManifestWithoutKustomizeHasItsVersionToo() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("k8s"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
        Files.readAllLines(file).stream()
            .map(String::strip)
            .filter(line -> line.startsWith("image: "))
            .forEach(line -> assertThat(line).as(file.toString()).matches("image: \\S+:[0-9].*"));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.counterweight.deployment.Kustomized#overlays")
  void theConfigurationOfEveryRoleIsOneThatLoads(Path overlay) throws IOException {
    List<JsonNode> all = Kustomized.build(overlay);
    if (all.stream().noneMatch(r -> r.path("kind").asText().equals("StatefulSet"))) {
      return;
    }
    for (String role : Kustomized.roles(all)) {
      JobConfig config = Kustomized.config(all, role);
      assertThat(config.trainer().checkpoints().dir()).hasToString("/checkpoints");
      assertThat(config.topics().joins())
          .as("a job with labels that come later has a joiner, and no other has")
          .isEqualTo(Kustomized.roles(all).contains("joiner"));
      assertThat(config.metrics().host()).isEqualTo("0.0.0.0");
    }
  }

  @Test
  void rulesAndDashboardsAreThoseOfPrometheusAndGrafana() throws IOException {
    List<JsonNode> all = Kustomized.build(Path.of("k8s", "overlays", "monitoring"));
    Path rules = Path.of("monitoring", "prometheus", "rules", "counterweight.yml");
    assertThat(Kustomized.named(all, "PrometheusRule", "counterweight").get("spec"))
        .as("k8s/overlays/monitoring/rules.yaml says how to make it anew")
        .isEqualTo(Manifests.parse(Files.readString(rules)).get(0));
    JsonNode dashboards =
        Kustomized.named(all, "ConfigMap", "counterweight-dashboards").get("data");
    try (Stream<Path> files = Files.list(Path.of("monitoring", "grafana", "dashboards"))) {
      for (Path file : files.toList()) {
        assertThat(dashboards.path(file.getFileName().toString()).asText())
            .as(file.toString())
            .isEqualTo(Files.readString(file));
      }
    }
  }
}
