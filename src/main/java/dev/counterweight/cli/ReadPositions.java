package dev.counterweight.cli;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.TopicSetup;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jspecify.annotations.Nullable;

/** Whether the records at which a job's roles would go on are still there. */
record ReadPositions(JobConfig config, Findings findings) {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Tells of records that were deleted, or that a topic created again no longer has. */
  void check(TopicSetup topics) {
    LabelsConfig labels = config.labels();
    if (labels != null) {
      check("joiner", "joined", labels.events().topic(), topics);
      check("joiner", "joined", labels.labels().topic(), topics);
    }
    check("counter", "counted", config.events().topic(), topics);
    check("sampler", "used", config.events().topic(), topics);
  }

  /** Of a topic that is not there yet there is nothing to say. */
  private void check(String role, String done, String topic, TopicSetup topics) {
    topics
        .find(topic)
        .ifPresent(
            found -> check(role, done, Set.copyOf(LogEnds.partitions(topic, found.partitions()))));
  }

  private void check(String role, String done, Set<TopicPartition> all) {
    Map<String, Object> group = Map.of("group.id", config.topics().groupOf(role));
    try (Consumer<byte[], byte[]> consumer =
        new KafkaClients(config.kafka()).consumer(config.job() + ".check", group)) {
      Map<Integer, Long> first = new LogEnds(consumer, TIMEOUT).firsts(all);
      consumer
          .committed(all, TIMEOUT)
          .forEach(
              (partition, committed) ->
                  tell(partition, committed, first.get(partition.partition()), done));
    } catch (AuthorizationException e) {
      findings.good("group '%s': this user may not look at it".formatted(group.get("group.id")));
    }
  }

  private void tell(
      TopicPartition partition,
      @Nullable OffsetAndMetadata committed,
      @Nullable Long first,
      String done) {
    if (committed == null || first == null || first <= committed.offset()) {
      return;
    }
    String range =
        "topic '%s', partition %d: offsets %d to %d were deleted before they were %s"
            .formatted(
                partition.topic(), partition.partition(), committed.offset(), first - 1, done);
    if (config.events().lost() == EventsConfig.Lost.FAIL) {
      findings.wrong(range + "; set events.lost=continue to go on without them");
    } else {
      findings.note(range + "; the job goes on without them, as events.lost=continue says");
    }
  }
}
