package dev.counterweight.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleView;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page's state while a real broker goes away and comes back. */
@Timeout(240)
class WatcherOutageIT {
  private static final JobTopics TOPICS = new JobTopics("fraud", "payments");
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void pageSaysThatKafkaIsAwayAndShowsNoRateOfBefore() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(folder);
    int port = broker.port();
    KafkaClients clients = new KafkaClients(new KafkaConfig(broker.bootstrapServers(), Map.of()));
    try (Watcher watcher =
        new Watcher(TOPICS, List.of(), -1, Set.of(), clients, Clock.systemUTC())) {
      createEvents(clients);
      watcher.start();
      await().atMost(TIMEOUT).until(() -> told(watcher).at("/figures").has("arriving_per_second"));

      broker.close();
      await()
          .atMost(TIMEOUT)
          .until(() -> told(watcher).at("/headline/words").asText().startsWith("Kafka has not "));
      JsonNode away = told(watcher);
      assertThat(away.at("/figures").has("arriving_per_second")).isFalse();
      assertThat(away.at("/roles/0/words").asText()).isEqualTo("waiting for Kafka");
      assertThat(away.at("/roles/2/words").asText())
          .isEqualTo("not known while Kafka does not answer");
      JsonNode line = away.at("/points/arriving");
      assertThat(line.get(line.size() - 1).isNull()).isTrue();

      broker = EmbeddedBroker.start(folder, port);
      await().atMost(TIMEOUT).until(() -> told(watcher).at("/figures").has("arriving_per_second"));
      assertThat(told(watcher).at("/headline/words").asText()).doesNotContain("Kafka");
    } finally {
      broker.close();
    }
  }

  private static JsonNode told(Watcher watcher) throws Exception {
    List<RoleView> counter = Jobs.roles(new Role.Status(Role.State.RUNNING, "counted 3 events"));
    return new ObjectMapper()
        .readTree(
            StatusJson.of(
                List.of("fraud"), TOPICS, counter, watcher.view(), 0, Clock.systemUTC().millis()));
  }

  private static void createEvents(KafkaClients clients) throws Exception {
    try (Admin admin = clients.admin("test")) {
      admin.createTopics(List.of(new NewTopic(TOPICS.events(), 1, (short) 1))).all().get();
    }
  }
}
