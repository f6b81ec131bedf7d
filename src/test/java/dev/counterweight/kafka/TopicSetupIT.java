package dev.counterweight.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class TopicSetupIT {
  private final Admin admin = SharedBroker.admin();
  private final TopicSetup setup =
      new TopicSetup(admin, Duration.ofSeconds(20), SharedBroker.bootstrapServers());
  private final JobTopics topics =
      new JobTopics(SharedBroker.uniqueName("job"), SharedBroker.uniqueName("events"));
  private final Collection<String> own = TopicSetup.settings(topics).keySet();

  @AfterEach
  void close() {
    admin.close();
  }

  @Test
  void theJobsTopicsAreCreatedOnceAndThenLeftAlone() {
    assertThat(setup.ensure(topics, own)).containsExactlyInAnyOrderElementsOf(own);
    assertThat(setup.ensure(topics, own)).isEmpty();

    assertThat(setup.require(topics.batches()).partitions()).isEqualTo(1);
    assertThat(setup.matches(topics, topics.classWeights(), 1)).isTrue();
  }

  @Test
  void aBrokerThatSendsClientsElsewhereIsThoughtOf(@TempDir Path folder) {
    Map<String, String> elsewhere =
        Map.of("advertised.listeners", "PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:1");
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0, Map.of(), elsewhere)) {
      KafkaConfig config = new KafkaConfig(broker.bootstrapServers(), Map.of());
      Admin lost = new KafkaClients(config).admin("lost");
      try {
        TopicSetup asking = new TopicSetup(new AdminCalls(lost, Duration.ofSeconds(3), config));

        assertThatThrownBy(asking::list)
            .hasMessageContaining("no answer from bootstrap.servers=" + broker.bootstrapServers())
            .hasMessageContaining("advertised.listeners");
      } finally {
        lost.close(Duration.ZERO); // what is asked for is waited for by any other close
      }
    }
  }

  @Test
  void aTopicThatWouldBreakAGuaranteeIsRefusedWithTheRule() {
    SharedBroker.createTopic(topics.batches(), 2);
    SharedBroker.createTopic(topics.classWeights(), 1, Map.of("cleanup.policy", "delete"));

    assertThatThrownBy(() -> setup.matches(topics, topics.batches(), 1))
        .isInstanceOf(FailureException.class)
        .hasMessage("topic '" + topics.batches() + "' has 2 partitions: it must have 1");
    assertThatThrownBy(() -> setup.ensure(topics, own))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("has cleanup.policy=delete: it must be compact");
  }

  @Test
  void batchesAreKeptAsLongAsConfiguredAndATopicThatKeepsLessIsWarnedAbout() throws Exception {
    JobTopics day = new JobTopics(topics.job(), topics.events(), 86_400_000, 0);
    setup.ensure(day, List.of(day.batches()));
    ConfigResource batches = new ConfigResource(ConfigResource.Type.TOPIC, day.batches());
    assertThat(
            admin
                .describeConfigs(List.of(batches))
                .all()
                .get()
                .values()
                .iterator()
                .next()
                .get("retention.ms")
                .value())
        .isEqualTo("86400000");

    assertThat(warningsOf(day)).isEmpty();
    assertThat(warningsOf(topics))
        .singleElement()
        .asString()
        .contains(day.batches(), "retention.ms=86400000", "batches.retention=604800000 ms");
  }

  @Test
  void labelledEventsHaveAsManyPartitionsAsTheyAreJoinedIn() {
    JobTopics joined = new JobTopics(topics.job(), topics.labelled(), 604_800_000, 172_800_000);

    assertThat(setup.matches(joined, joined.labelled(), 4)).isFalse();
    assertThat(setup.ensure(joined, joined.labelled(), 4)).isTrue();
    assertThat(setup.ensure(joined, joined.labelled(), 4)).isFalse();
    assertThat(setup.matches(joined, joined.labelled(), 4)).isTrue();

    assertThat(setup.require(joined.labelled()).partitions()).isEqualTo(4);
    assertThat(TopicSetup.settings(topics)).doesNotContainKey(joined.labelled());
    assertThat(TopicSetup.settings(joined).get(joined.labelled()))
        .containsEntry("cleanup.policy", "delete")
        .containsEntry("message.timestamp.type", "LogAppendTime")
        .containsEntry("retention.ms", "172800000");
    assertThatThrownBy(() -> setup.ensure(joined, joined.labelled(), 12))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("'" + joined.labelled() + "' has 4 partitions: it must have 12");
  }

  private List<String> warningsOf(JobTopics wanted) {
    Logger logger = (Logger) LoggerFactory.getLogger(TopicSetup.class);
    ListAppender<ILoggingEvent> warnings = new ListAppender<>();
    warnings.start();
    logger.addAppender(warnings);
    try {
      setup.ensure(wanted, List.of(wanted.batches()));
    } finally {
      logger.detachAppender(warnings);
    }
    return warnings.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void anEventsTopicThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> setup.require(topics.events()))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("topic '" + topics.events() + "' does not exist");
  }

  @Test
  void aTopicThatIsDeletedAndCreatedAgainIsAnother() throws Exception {
    createAndAwait(topics.events());
    String first = setup.require(topics.events()).stream().topicId();
    admin.deleteTopics(java.util.List.of(topics.events())).all().get();
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> setup.find(topics.events()).isEmpty());
    createAndAwait(topics.events());

    assertThat(setup.require(topics.events()).stream().topicId()).isNotEqualTo(first);
    assertThat(setup.require(topics.events()).stream().clusterId()).isNotBlank();
  }

  /** What is created is not known to a broker at once. */
  private void createAndAwait(String topic) {
    setup.create(topic, 3, Map.of());
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> setup.find(topic).isPresent());
  }
}
