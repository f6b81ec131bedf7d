package dev.counterweight.deployment;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** KEDA's resources, as far as they are used: no model of them is published. */
record ScaledObject(String apiVersion, String kind, ObjectMeta metadata, Spec spec) {
  record Spec(
      Target scaleTargetRef,
      int minReplicaCount,
      int maxReplicaCount,
      int pollingInterval,
      int cooldownPeriod,
      Advanced advanced,
      List<Trigger> triggers) {}

  record Target(String apiVersion, String kind, String name) {}

  record Advanced(HorizontalPodAutoscalerConfig horizontalPodAutoscalerConfig) {}

  record HorizontalPodAutoscalerConfig(HorizontalPodAutoscalerBehavior behavior) {}

  record Trigger(
      String type,
      @Nullable String metricType,
      Map<String, String> metadata,
      @Nullable Reference authenticationRef) {}

  record Reference(String name) {}

  /** With what a trigger shows who it is. */
  record TriggerAuthentication(
      String apiVersion, String kind, ObjectMeta metadata, Authentication spec) {}

  record Authentication(List<SecretKey> secretTargetRef) {}

  record SecretKey(String parameter, String name, String key) {}
}
