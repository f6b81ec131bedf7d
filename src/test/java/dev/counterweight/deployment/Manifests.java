package dev.counterweight.deployment;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Kubernetes resources as YAML, and as types that refuse a field they do not know. */
final class Manifests {
  private static final YAMLMapper YAML = new YAMLMapper(new YAMLFactory());

  /** The models collect unknown fields in a map of their own; here those are errors. */
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(MapperFeature.REQUIRE_SETTERS_FOR_GETTERS)
          .annotationIntrospector(
              new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1L;

                @Override
                public @Nullable Boolean hasAnySetter(Annotated member) {
                  return false;
                }
              })
          .build();

  private static final Map<String, Class<?>> TYPES =
      Map.ofEntries(
          Map.entry("v1 ConfigMap", ConfigMap.class),
          Map.entry("v1 Namespace", Namespace.class),
          Map.entry("v1 PersistentVolumeClaim", PersistentVolumeClaim.class),
          Map.entry("v1 Service", Service.class),
          Map.entry("v1 ServiceAccount", ServiceAccount.class),
          Map.entry("apps/v1 Deployment", Deployment.class),
          Map.entry("apps/v1 StatefulSet", StatefulSet.class),
          Map.entry("batch/v1 Job", Job.class),
          Map.entry("networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class),
          Map.entry("policy/v1 PodDisruptionBudget", PodDisruptionBudget.class),
          Map.entry("monitoring.coreos.com/v1 ServiceMonitor", ServiceMonitor.class),
          Map.entry("monitoring.coreos.com/v1 PrometheusRule", PrometheusRule.class),
          Map.entry("kafka.strimzi.io/v1beta2 Kafka", Kafka.class),
          Map.entry("kafka.strimzi.io/v1beta2 KafkaNodePool", KafkaNodePool.class),
          Map.entry("kafka.strimzi.io/v1beta2 KafkaTopic", KafkaTopic.class),
          Map.entry("kafka.strimzi.io/v1beta2 KafkaUser", KafkaUser.class),
          Map.entry("keda.sh/v1alpha1 ScaledObject", ScaledObject.class),
          Map.entry(
              "keda.sh/v1alpha1 TriggerAuthentication", ScaledObject.TriggerAuthentication.class));

  private Manifests() {}

  /** The documents of a YAML stream. */
  static List<JsonNode> parse(String yaml) {
    try {
      List<JsonNode> documents = new ArrayList<>();
      YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml).forEachRemaining(documents::add);
      return documents;
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * Reads a resource by its type.
   *
   * @throws IllegalArgumentException if its type is not known, or has no such field
   */
  static Object typed(JsonNode resource) {
    String type = resource.path("apiVersion").asText() + " " + resource.path("kind").asText();
    if (!TYPES.containsKey(type)) {
      throw new IllegalArgumentException("no model for '" + type + "'");
    }
    return STRICT.convertValue(resource, Objects.requireNonNull(TYPES.get(type)));
  }

  static String name(JsonNode resource) {
    return resource.path("kind").asText() + "/" + resource.path("metadata").path("name").asText();
  }
}
