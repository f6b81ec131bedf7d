package dev.counterweight.live;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.live.TopicScan.Unseen;
import dev.counterweight.protocol.JobTopics;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What a role with the least rights meets: topics that it may write to and not read. */
@Timeout(120)
class ForbiddenTopicIT {
  private static final JobTopics TOPICS = new JobTopics("guarded", "guarded-events");

  @TempDir Path folder;

  @Test
  void aTopicThatMayNotBeReadIsNotAskedForAgainAndAgain() throws Exception {
    Map<String, String> guarded =
        Map.of(
            "authorizer.class.name",
            "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found",
            "true");
    ListAppender<ILoggingEvent> refusals = new ListAppender<>();
    Logger fetches =
        (Logger)
            LoggerFactory.getLogger("org.apache.kafka.clients.consumer.internals.FetchCollector");
    refusals.start();
    fetches.setLevel(Level.WARN);
    fetches.addAppender(refusals);
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(folder.resolve("broker"), 0, Map.of(), guarded)) {
      forbidReading(broker, TOPICS.metrics());
      KafkaClients clients = new KafkaClients(new KafkaConfig(broker.bootstrapServers(), Map.of()));
      try (Producer<byte[], byte[]> producer = clients.producer("report", Map.of())) {
        producer
            .send(new ProducerRecord<>(TOPICS.metrics(), new byte[1]))
            .get(30, TimeUnit.SECONDS);
      }
      try (TopicWatch watch = new TopicWatch(clients, TOPICS, Set.of(), Clock.systemUTC())) {
        for (int look = 0; look < 30; look++) {
          assertThat(watch.look().newest()).isEmpty();
        }
        assertThat(watch.look().unseen()).containsEntry(TOPICS.metrics(), Unseen.FORBIDDEN);
      }
    } finally {
      fetches.detachAppender(refusals);
      fetches.setLevel(null);
    }
    assertThat(refusals.list)
        .hasSize(1)
        .allSatisfy(line -> assertThat(line.getFormattedMessage()).contains(TOPICS.metrics()));
  }

  private static void forbidReading(EmbeddedBroker broker, String topic) throws Exception {
    AccessControlEntry write =
        new AccessControlEntry("User:ANONYMOUS", "*", AclOperation.WRITE, AclPermissionType.ALLOW);
    try (Admin admin =
        Admin.create(Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty())))
          .all()
          .get(30, TimeUnit.SECONDS);
      admin
          .createAcls(
              List.of(
                  new AclBinding(
                      new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL), write)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }
}
