package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ProxiedBrokerIT {
  @TempDir Path dir;

  @Test
  void onlyWhoComesByTheWayThatIsCutNotices() throws Exception {
    try (ProxiedBroker broker = ProxiedBroker.start(dir);
        Admin direct = admin(broker.direct());
        Admin cuttable = admin(broker.cuttable())) {
      assertThat(cuttable.describeCluster().nodes().get().iterator().next().port())
          .isEqualTo(Integer.parseInt(broker.cuttable().replaceFirst(".*:", "")));
      broker.cut();
      assertThatThrownBy(() -> cuttable.listTopics().names().get(4, TimeUnit.SECONDS));
      assertThat(direct.listTopics().names().get()).isEmpty();
      broker.mend();
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(cuttable.listTopics().names().get()).isEmpty());
    }
  }

  private static Admin admin(String servers) {
    return Admin.create(
        Map.<String, Object>of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, servers,
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 1_000,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 2_000));
  }
}
