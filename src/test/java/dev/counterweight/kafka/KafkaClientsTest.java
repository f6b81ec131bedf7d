package dev.counterweight.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.KafkaConfig;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.metrics.JmxReporter;
import org.junit.jupiter.api.Test;

class KafkaClientsTest {
  private static final String NOBODY = "127.0.0.1:1";

  @Test
  void metersOfClientsAreNoBeans() throws Exception {
    KafkaClients clients = new KafkaClients(new KafkaConfig(NOBODY, Map.of()));

    try (Consumer<byte[], byte[]> consumer = clients.consumer("unseen", Map.of());
        Admin admin = clients.admin("unseen")) {
      assertThat(consumer.metrics()).isNotEmpty();
      assertThat(admin.metrics()).isNotEmpty();
      assertThat(beans("unseen")).isEmpty();
    }
  }

  @Test
  void aReporterOfTheUsersIsTaken() throws Exception {
    KafkaClients clients =
        new KafkaClients(
            new KafkaConfig(NOBODY, Map.of("metric.reporters", JmxReporter.class.getName())));

    try (Consumer<byte[], byte[]> consumer = clients.consumer("seen", Map.of())) {
      assertThat(consumer.metrics()).isNotEmpty();
      assertThat(beans("seen")).contains("consumer-metrics");
    }
  }

  /** Types of the beans of a client, but the one that tells its version. */
  private static Set<String> beans(String clientId) throws Exception {
    return ManagementFactory.getPlatformMBeanServer()
        .queryNames(new ObjectName("kafka.*:client-id=" + clientId + ",*"), null)
        .stream()
        .map(name -> name.getKeyProperty("type"))
        .filter(type -> !type.equals("app-info"))
        .collect(Collectors.toSet());
  }
}
