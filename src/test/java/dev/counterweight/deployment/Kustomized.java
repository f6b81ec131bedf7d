package dev.counterweight.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What kustomize makes of k8s, and how a role in a pod of it would start. */
final class Kustomized {
  static final Set<String> ROLES = Set.of("counter", "sampler", "trainer");
  private static final Map<Path, String> BUILT = new HashMap<>();

  private Kustomized() {}

  static List<Path> overlays() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of("k8s", "overlays"))) {
      return Stream.concat(Stream.of(Path.of("k8s", "base")), folders).sorted().toList();
    }
  }

  /** Those of the roles that are there: a joiner where labels come later, a scorer on request. */
  static Set<String> roles(List<JsonNode> all) {
    Set<String> roles = new TreeSet<>(ROLES);
    List<String> names = all.stream().map(Manifests::name).toList();
    for (String role : List.of("joiner", "scorer")) {
      if (names.contains(kind(role) + "/counterweight-" + role)) {
        roles.add(role);
      }
    }
    return roles;
  }

  /** A scorer has neither a volume nor a name that lasts. */
  private static String kind(String role) {
    return role.equals("scorer") ? "Deployment" : "StatefulSet";
  }

  /** What the role in a pod would start with. */
  static JobConfig config(List<JsonNode> all, String role) throws IOException {
    JsonNode configMap =
        all.stream()
            .filter(r -> r.path("kind").asText().equals("ConfigMap"))
            .filter(r -> r.at("/metadata/name").asText().startsWith("counterweight-job"))
            .findFirst()
            .orElseThrow();
    Properties file = new Properties();
    file.load(new StringReader(configMap.at("/data/job.properties").asText()));
    Map<String, String> values = new HashMap<>();
    file.stringPropertyNames().forEach(key -> values.put(key, known(file.getProperty(key))));
    JsonNode container = workload(all, role).at("/spec/template/spec/containers/0");
    for (JsonNode variable : container.get("env")) {
      String key =
          variable.get("name").asText().substring("COUNTERWEIGHT_".length()).replace('_', '.');
      String value = variable.path("value").asText("pod-0");
      values.put(key.toLowerCase(Locale.ROOT), known(value));
    }
    return JobConfigLoader.load(values);
  }

  /** A secret is mounted in a cluster only. */
  private static String known(String value) {
    return value.startsWith("${") ? "secret" : value;
  }

  /** The resources of a folder; skips the test where kubectl is missing, or too old. */
  static List<JsonNode> build(Path overlay) {
    // Older ones take no folder as a resource.
    Programs.require(
        Programs.has("kubectl", "version", "--client")
            && Programs.run("kubectl", "version", "--client").out().contains("Kustomize Version"),
        "kubectl of 1.24 or later");
    String yaml =
        BUILT.computeIfAbsent(
            overlay,
            folder -> {
              Programs.Outcome built = Programs.run("kubectl", "kustomize", folder.toString());
              assertThat(built.code()).as(folder + ": " + built.err()).isZero();
              assertThat(built.err()).as(folder + " is built without a warning").isEmpty();
              return built.out();
            });
    return new ArrayList<>(Manifests.parse(yaml));
  }

  /** What runs the role's pods. */
  static JsonNode workload(List<JsonNode> all, String role) {
    return named(all, kind(role), "counterweight-" + role);
  }

  static JsonNode named(List<JsonNode> all, String kind, String name) {
    return StreamSupport.stream(all.spliterator(), false)
        .filter(r -> Manifests.name(r).equals(kind + "/" + name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + kind + " " + name));
  }
}
