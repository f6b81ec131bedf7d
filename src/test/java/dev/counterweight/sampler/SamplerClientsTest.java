package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SamplerClientsTest {

  @Test
  void sessionAndHeartbeatOfTheUsersGiveWayTogetherAndAreWarnedAboutOnce() {
    JobConfig config =
        SamplerHarness.config(
            "127.0.0.1:9",
            "job",
            "one",
            Map.of(
                "kafka.session.timeout.ms", "45000",
                "kafka.heartbeat.interval.ms", "15000",
                "kafka.max.poll.records", "2000",
                "kafka.fetch.max.bytes", "1048576",
                "kafka.receive.buffer.bytes", "32768"));
    Logger logger = (Logger) LoggerFactory.getLogger(KafkaClients.class);
    ListAppender<ILoggingEvent> warnings = new ListAppender<>();
    warnings.start();
    logger.addAppender(warnings);
    KafkaClients clients = new KafkaClients(config.kafka());
    try (Consumer<byte[], byte[]> first = SamplerClients.consumer(config, clients, 4);
        Consumer<byte[], byte[]> second = SamplerClients.consumer(config, clients, 4)) {
      assertThat(first.groupMetadata().groupId()).isEqualTo("job.sampler");
      assertThat(second.assignment()).isEmpty();
    } finally {
      logger.detachAppender(warnings);
    }

    assertThat(warnings.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactlyInAnyOrder(
            "kafka.session.timeout.ms=45000 does not hold for every client: 'job.sampler.one'"
                + " needs session.timeout.ms=10000",
            "kafka.heartbeat.interval.ms=15000 does not hold for every client: 'job.sampler.one'"
                + " needs heartbeat.interval.ms=3000");
  }

  @Test
  void readsInLargePiecesUnlessTheUserHasChosen() {
    assertThat(SamplerClients.consumerSettings("group", 4, Map.of()))
        .containsEntry("receive.buffer.bytes", -1)
        .containsEntry("max.partition.fetch.bytes", 4 << 20)
        .containsEntry("fetch.max.bytes", 16 << 20);
    assertThat(
            SamplerClients.consumerSettings(
                "group", 4, Map.of("max.partition.fetch.bytes", "65536")))
        .doesNotContainKey("max.partition.fetch.bytes")
        .containsEntry("fetch.max.bytes", 16 << 20);
  }

  @Test
  void ofManyPartitionsEachIsFetchedInSmallerPiecesDownToKafkasOwn() {
    assertThat(pieces(1)).isEqualTo(4 << 20);
    assertThat(pieces(16)).isEqualTo(4 << 20);
    assertThat(pieces(32)).isEqualTo(2 << 20);
    assertThat(pieces(1_000)).isEqualTo(1 << 20);
  }

  private static @Nullable Object pieces(int partitions) {
    return SamplerClients.consumerSettings("group", partitions, Map.of())
        .get("max.partition.fetch.bytes");
  }
}
