package dev.counterweight.cli;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.SamplerConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.SchemaGuard;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.AuthorizationException;

/** Holds the newest of what a job has written to the schema configured, as its roles will. */
final class WrittenSchemas {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final JobConfig config;
  private final TopicSetup topics;
  private final Findings findings;
  private final SchemaGuard schemas;

  WrittenSchemas(JobConfig config, TopicSetup topics, Findings findings) {
    this.config = config;
    this.topics = topics;
    this.findings = findings;
    this.schemas = new SchemaGuard(config.events().schema().schema());
  }

  /**
   * Tells of the newest snapshot and batch record, of what there is, whether a role will go on from
   * it; a checkpoint shows when its model is tried.
   */
  void check() {
    look(config.topics().classWeights(), this::requireSnapshot);
    look(config.topics().batches(), this::requireBatch);
  }

  private void look(String topic, Consumer<ConsumerRecord<byte[], byte[]>> rule) {
    if (topics.find(topic).isEmpty()) {
      return;
    }
    try (TopicTail<ConsumerRecord<byte[], byte[]>> log =
        new TopicTail<>(
            new KafkaClients(config.kafka()).consumer(config.job() + ".check", Map.of()),
            topic,
            Function.identity(),
            TIMEOUT)) {
      Optional<ConsumerRecord<byte[], byte[]>> newest = log.newest();
      newest.ifPresent(rule);
      newest.ifPresent(found -> findings.good(fits(where(found))));
    } catch (AuthorizationException e) {
      findings.good(
          "topic '" + topic + "': this user may not read it: its schema was not looked at");
    } catch (FailureException | MalformedTensorsException | IllegalArgumentException e) {
      findings.wrong("the newest record of topic '%s': %s".formatted(topic, e.getMessage()));
    }
  }

  private void requireSnapshot(ConsumerRecord<byte[], byte[]> newest) {
    Snapshot weights = SnapshotJson.read(newest.value());
    TopicSetup.Identity events = topics.require(config.events().topic());
    if (!weights.stream().topicId().equals(events.stream().topicId())) {
      throw new FailureException(
          "it counts topic %s, but '%s' is topic %s now, deleted and created again: start a new job"
              .formatted(
                  weights.stream().topicId(), config.events().topic(), events.stream().topicId()));
    }
    schemas.require(where(newest), weights.schemaOr(schemas.own()));
  }

  private void requireBatch(ConsumerRecord<byte[], byte[]> newest) {
    MiniBatch batch = MiniBatchFormat.read(newest.value());
    schemas.requireNotGrown(where(newest), batch.origin().schema());
    Optional<String> difference = batch.differenceTo(schemas.own());
    if (difference.isPresent()
        && config.sampler().batchesMismatch() == SamplerConfig.Mismatch.FAIL) {
      throw SchemaGuard.otherRecord(where(newest), difference.get());
    }
  }

  private static String fits(String where) {
    return where + ": of the features and classes configured";
  }

  private static String where(ConsumerRecord<byte[], byte[]> found) {
    return "offset %d of topic '%s'".formatted(found.offset(), found.topic());
  }
}
