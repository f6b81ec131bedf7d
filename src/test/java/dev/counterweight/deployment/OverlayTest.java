package dev.counterweight.deployment;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.config.JobConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Overlays that stand beside others, and those that are made of others. */
class OverlayTest {
  private static final Path OVERLAYS = Path.of("k8s", "overlays");
  private static final List<String> BESIDE =
      List.of(
          "monitoring",
          "autoscaling",
          "autoscaling-production",
          "autoscaling-scores",
          "autoscaling-scores-production");

  @Test
  void whatStandsBesideAJobNeverTouchesIt() throws IOException {
    for (Path overlay : Kustomized.overlays()) {
      if (!BESIDE.contains(overlay.getFileName().toString())) {
        for (String other : BESIDE) {
          assertThat(names(Kustomized.build(overlay)))
              .as("%s and %s", overlay, other)
              .doesNotContainAnyElementsOf(names(Kustomized.build(OVERLAYS.resolve(other))));
        }
      }
    }
  }

  @Test
  void oneKustomizationTakesProductionWithWhatStandsBesideIt(@TempDir Path folder)
      throws IOException {
    StringBuilder all = new StringBuilder("resources:\n");
    for (String overlay :
        List.of(
            "production-scores",
            "monitoring",
            "autoscaling-production",
            "autoscaling-scores-production")) {
      Path base = OVERLAYS.resolve(overlay).toAbsolutePath();
      all.append("  - ").append(folder.toRealPath().relativize(base.toRealPath())).append('\n');
    }
    Files.writeString(folder.resolve("kustomization.yaml"), all);

    assertThat(names(Kustomized.build(folder)))
        .doesNotHaveDuplicates()
        .contains("StatefulSet/counterweight-sampler", "ServiceMonitor/counterweight")
        .contains("ScaledObject/counterweight-sampler", "KafkaUser/counterweight-autoscaler")
        .contains("Deployment/counterweight-scorer", "ScaledObject/counterweight-scorer");
  }

  @ParameterizedTest
  @MethodSource("dev.counterweight.deployment.Kustomized#overlays")
  void applyingAgainLeavesAsManyAsThereAre(Path overlay) {
    Set<String> scaled =
        Set.of("StatefulSet/counterweight-sampler", "Deployment/counterweight-scorer");
    for (JsonNode resource : Kustomized.build(overlay)) {
      if (scaled.contains(Manifests.name(resource))) {
        assertThat(resource.get("spec").has("replicas")).isFalse();
      }
    }
  }

  @Test
  void aChangedJobFileRestartsNoRoleByItself(@TempDir Path folder) throws IOException {
    Path base = Path.of("k8s", "base");
    try (Stream<Path> files = Files.list(base)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Files.writeString(folder.resolve("job.properties"), "seed=2\n", StandardOpenOption.APPEND);
    List<JsonNode> before = Kustomized.build(base);
    List<JsonNode> after = Kustomized.build(folder);

    assertThat(after.toString()).contains("seed=2");
    for (String role : Kustomized.ROLES) {
      assertThat(Kustomized.workload(after, role))
          .as("else all three would be restarted at once")
          .isEqualTo(Kustomized.workload(before, role));
    }
    assertThat(Files.readString(Path.of("docs", "operations.md"))).contains("rollout restart");
  }

  @Test
  void rolesReachKafkaOutsideTheClusterWhereItIsManaged() {
    List<JsonNode> all = Kustomized.build(OVERLAYS.resolve("managed"));
    JsonNode egress =
        Kustomized.named(all, "NetworkPolicy", "counterweight-to-managed-kafka")
            .at("/spec/egress/0");

    assertThat(egress.at("/to/0/ipBlock/cidr").asText()).isEqualTo("0.0.0.0/0");
    assertThat(egress.at("/ports/0/port").asInt()).isEqualTo(9092);
    for (String role : Kustomized.ROLES) {
      JsonNode set = Kustomized.workload(all, role).get("spec");
      assertThat(volume(set, "kafka-user").at("/secret/secretName").asText())
          .isEqualTo("counterweight-" + role);
      assertThat(set.at("/template/spec/containers/0/volumeMounts").toString())
          .contains("/etc/kafka-user");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sampler, base, autoscaling",
    "sampler, overlays/production, autoscaling-production",
    "scorer, overlays/scores, autoscaling-scores",
    "scorer, overlays/production-scores, autoscaling-scores-production"
  })
  void theLagIsThatOfTheRoleThatIsScaled(String role, String job, String overlay)
      throws IOException {
    List<JsonNode> jobs = Kustomized.build(Path.of("k8s").resolve(job));
    JobConfig config = Kustomized.config(jobs, role);
    List<JsonNode> all = Kustomized.build(OVERLAYS.resolve(overlay));
    JsonNode scaled = Kustomized.named(all, "ScaledObject", "counterweight-" + role).get("spec");
    JsonNode asked = scaled.at("/triggers/0/metadata");

    assertThat(Kustomized.workload(jobs, role).get("kind"))
        .isEqualTo(scaled.at("/scaleTargetRef/kind"));
    assertThat(asked.get("topic").asText()).isEqualTo(config.topics().events());
    assertThat(asked.get("consumerGroup").asText()).isEqualTo(config.topics().groupOf(role));
    assertReached(config, asked);
    boolean tls = "SSL".equals(config.kafka().clients().get("security.protocol"));
    assertThat(asked.path("tls").asText("disable")).isEqualTo(tls ? "enable" : "disable");
    if (tls) {
      assertSeesTheLagOnly(all, scaled.at("/triggers/0/authenticationRef/name").asText(), asked);
    }
  }

  private static void assertReached(JobConfig config, JsonNode asked) {
    String[] server = asked.get("bootstrapServers").asText().split(":");
    String[] known = config.kafka().bootstrapServers().split(":");
    assertThat(server[0]).startsWith(known[0]);
    assertThat(server[1]).isEqualTo(known[1]);
  }

  private static void assertSeesTheLagOnly(List<JsonNode> all, String user, JsonNode asked) {
    assertThat(Kustomized.named(all, "TriggerAuthentication", user).get("spec").toString())
        .contains("\"key\":\"user.key\",\"name\":\"" + user + "\"");
    JsonNode acls = Kustomized.named(all, "KafkaUser", user).at("/spec/authorization/acls");
    assertThat(acls)
        .extracting(acl -> acl.at("/resource/name"))
        .containsExactly(asked.get("topic"), asked.get("consumerGroup"));
    acls.forEach(acl -> assertThat(acl.get("operations")).hasToString("[\"Describe\"]"));
  }

  @Test
  void whoIsNoClientOfTheScoresReachesNone() {
    List<JsonNode> all = Kustomized.build(OVERLAYS.resolve("scores"));
    JsonNode service = Kustomized.named(all, "Service", "counterweight-scores").get("spec");
    JsonNode rule =
        Kustomized.named(all, "NetworkPolicy", "clients-to-scores").at("/spec/ingress/0");
    JsonNode pod = Kustomized.workload(all, "scorer").at("/spec/template");

    assertThat(rule.at("/ports/0/port").asText()).isEqualTo("http");
    assertThat(rule.get("from")).hasSize(1);
    assertThat(rule.at("/from/0/podSelector/matchLabels/counterweight.dev~1scores-client").asText())
        .isEqualTo("true");
    assertThat(service.path("publishNotReadyAddresses").asBoolean())
        .as("who has no model is not asked")
        .isFalse();
    assertThat(service.get("selector")).isEqualTo(pod.at("/metadata/labels"));
    assertThat(service.at("/ports/0/targetPort").asText()).isEqualTo("http");
  }

  @Test
  void trainersThatStandByShareOneVolume() {
    List<JsonNode> all = Kustomized.build(OVERLAYS.resolve("production-standby"));
    JsonNode trainer = Kustomized.workload(all, "trainer").get("spec");
    JsonNode claim = Kustomized.named(all, "PersistentVolumeClaim", "counterweight-checkpoints");

    assertThat(trainer.get("replicas").asInt()).isEqualTo(2);
    assertThat(trainer.has("volumeClaimTemplates")).isFalse();
    assertThat(volume(trainer, "checkpoints").at("/persistentVolumeClaim/claimName"))
        .isEqualTo(claim.at("/metadata/name"));
    assertThat(claim.at("/spec/accessModes")).hasToString("[\"ReadWriteMany\"]");
  }

  @Test
  void theRollbackIsTheTrainerAtAnotherTask() {
    List<JsonNode> all = Kustomized.build(OVERLAYS.resolve("production-rollback"));
    JsonNode trainer = Kustomized.workload(all, "trainer").get("spec");
    JsonNode rollback = Kustomized.named(all, "Job", "counterweight-rollback").get("spec");
    JsonNode works = trainer.at("/template/spec/containers/0");
    JsonNode goesBack = rollback.at("/template/spec/containers/0");

    assertThat(trainer.get("replicas").asInt()).isZero();
    TreeMap<String, JsonNode> expected = env(works);
    expected.remove("COUNTERWEIGHT_METRICS_HOST");
    assertThat(env(goesBack)).isEqualTo(expected);
    assertThat(goesBack.get("image")).isEqualTo(works.get("image"));
    assertThat(goesBack.get("volumeMounts")).containsAll(works.get("volumeMounts"));
    for (String name : List.of("config", "kafka-ca", "kafka-user")) {
      assertThat(volume(rollback, name)).isEqualTo(volume(trainer, name));
    }
    assertThat(volume(rollback, "checkpoints").at("/persistentVolumeClaim/claimName").asText())
        .isEqualTo(
            trainer.at("/volumeClaimTemplates/0/metadata/name").asText()
                + "-counterweight-trainer-0");
    assertThat(rollback.at("/template/spec/securityContext"))
        .isEqualTo(trainer.at("/template/spec/securityContext"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"labels", "production-labels"})
  void whatWaitsForItsLabelIsOnAVolumeOfThePodsOwn(String overlay) throws IOException {
    List<JsonNode> all = Kustomized.build(OVERLAYS.resolve(overlay));
    JsonNode joiner = Kustomized.workload(all, "joiner").get("spec");
    JsonNode mounts = joiner.at("/template/spec/containers/0/volumeMounts");
    String claim = joiner.at("/volumeClaimTemplates/0/metadata/name").asText();
    String stateDir =
        requireNonNull(Kustomized.config(all, "joiner").labels()).stateDir().toString();

    assertThat(mounts)
        .filteredOn(mount -> mount.get("name").asText().equals(claim))
        .singleElement()
        .satisfies(mount -> assertThat(mount.get("mountPath").asText()).isEqualTo(stateDir));
    assertThat(joiner.at("/template/spec/securityContext/fsGroup").asInt()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpu", "production-gpu"})
  void theGpuGoesToTheTrainerOnly(String overlay) {
    List<JsonNode> all = Kustomized.build(OVERLAYS.resolve(overlay));
    Set<String> withGpu = new HashSet<>();
    for (String role : Kustomized.ROLES) {
      JsonNode pod = Kustomized.workload(all, role).at("/spec/template/spec");
      if (pod.at("/containers/0/resources/limits").has("nvidia.com/gpu")) {
        withGpu.add(role);
        assertThat(pod.at("/tolerations/0/key").asText()).isEqualTo("nvidia.com/gpu");
        assertThat(pod.path("nodeSelector")).isNotEmpty();
        assertThat(pod.at("/containers/0/image").asText()).endsWith("-gpu");
      }
    }
    assertThat(withGpu).containsExactly("trainer");
  }

  @Test
  void productionsGpuIsThatOfTheOtherOverlay() throws IOException {
    assertThat(OVERLAYS.resolve("production-gpu").resolve("trainer.yaml"))
        .hasSameTextualContentAs(OVERLAYS.resolve("gpu").resolve("trainer.yaml"));
  }

  @ParameterizedTest
  @MethodSource("dev.counterweight.deployment.Kustomized#overlays")
  void imagesAreOfThisReleaseAndAreSaidHowToBuild(Path overlay) throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    String release = pom.split("<version>", 2)[1].split("(-SNAPSHOT)?</version>", 2)[0];
    String operations = Files.readString(Path.of("docs", "operations.md"));
    for (JsonNode resource : Kustomized.build(overlay)) {
      for (JsonNode container : resource.at("/spec/template/spec/containers")) {
        String image = container.get("image").asText();
        if (image.startsWith("counterweight")) {
          assertThat(image).isIn("counterweight:" + release, "counterweight:" + release + "-gpu");
          assertThat(operations).contains("-t " + image);
        }
      }
    }
  }

  @Test
  void operationsSaysWhatEveryOverlayIsFor() throws IOException {
    String operations = Files.readString(Path.of("docs", "operations.md"));
    for (Path overlay : Kustomized.overlays()) {
      if (overlay.startsWith(OVERLAYS)) {
        assertThat(operations).contains("\n| `" + overlay.getFileName() + "` |");
      }
    }
  }

  private static TreeMap<String, JsonNode> env(JsonNode container) {
    TreeMap<String, JsonNode> env = new TreeMap<>();
    container.get("env").forEach(variable -> env.put(variable.get("name").asText(), variable));
    return env;
  }

  private static JsonNode volume(JsonNode spec, String name) {
    for (JsonNode volume : spec.at("/template/spec/volumes")) {
      if (volume.get("name").asText().equals(name)) {
        return volume;
      }
    }
    throw new AssertionError("no volume " + name);
  }

  private static List<String> names(List<JsonNode> resources) {
    return resources.stream().map(Manifests::name).toList();
  }
}
