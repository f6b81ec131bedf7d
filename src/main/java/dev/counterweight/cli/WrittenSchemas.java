package dev.counterweight.cli;

import dev.counterweight.batch.MalformedTensorsException;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.checkpoint.CheckpointInspection;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.SamplerConfig;
import dev.counterweight.runtime.FailureException;
import dev.counterweight.runtime.KafkaClients;
import dev.counterweight.runtime.NewestRecord;
import dev.counterweight.runtime.SchemaGuard;
import dev.counterweight.runtime.TopicSetup;
import dev.counterweight.weights.ClassWeightsJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.AuthorizationException;

/** Holds the newest of what a job has written to the schema configured, as its roles will. */
final class WrittenSchemas {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final JobConfig config;
  private final TopicSetup topics;
  private final SchemaGuard schemas;

  WrittenSchemas(JobConfig config, TopicSetup topics) {
    this.config = config;
    this.topics = topics;
    this.schemas = new SchemaGuard(config.events().schema().schema());
  }

  /**
   * Looks at the newest snapshot, batch record and checkpoint, of what there is.
   *
   * @param good hears of each that a role will go on from
   * @param bad hears of each that it will not, why, and what to do
   */
  void check(Consumer<String> good, Consumer<String> bad) {
    look(config.topics().classWeights(), this::requireSnapshot, good, bad);
    look(config.topics().batches(), this::requireBatch, good, bad);
    checkCheckpoint(good, bad);
  }

  private void look(
      String topic,
      Consumer<ConsumerRecord<byte[], byte[]>> rule,
      Consumer<String> good,
      Consumer<String> bad) {
    if (topics.find(topic).isEmpty()) {
      return;
    }
    try (var consumer =
        new KafkaClients(config.kafka()).consumer(config.job() + ".check", Map.of())) {
      Optional<ConsumerRecord<byte[], byte[]>> newest = NewestRecord.of(consumer, topic, TIMEOUT);
      newest.ifPresent(rule);
      newest.ifPresent(found -> good.accept(fits(where(found))));
    } catch (AuthorizationException e) {
      good.accept("topic '" + topic + "': this user may not read it: its schema was not looked at");
    } catch (FailureException | MalformedTensorsException | IllegalArgumentException e) {
      bad.accept("the newest record of topic '%s': %s".formatted(topic, e.getMessage()));
    }
  }

  private void requireSnapshot(ConsumerRecord<byte[], byte[]> newest) {
    schemas.require(where(newest), ClassWeightsJson.read(newest.value()).schemaOr(schemas.own()));
  }

  private void requireBatch(ConsumerRecord<byte[], byte[]> newest) {
    Optional<String> difference = MiniBatchFormat.read(newest.value()).differenceTo(schemas.own());
    if (difference.isPresent()
        && config.sampler().batchesMismatch() == SamplerConfig.Mismatch.FAIL) {
      throw SchemaGuard.otherRecord(where(newest), difference.get());
    }
  }

  private void checkCheckpoint(Consumer<String> good, Consumer<String> bad) {
    Path folder = config.trainer().checkpoints().dir();
    try {
      Optional<CheckpointManifest> newest =
          Files.isDirectory(folder)
              ? CheckpointInspection.newestIn(folder).map(CheckpointInspection::manifest)
              : Optional.empty();
      if (newest.isPresent() && newest.get().job().equals(config.job())) {
        String where = "the checkpoint of step %d in %s".formatted(newest.get().step(), folder);
        schemas.require(where, newest.get().schema().toSchema());
        good.accept(fits(where));
      }
    } catch (FailureException | IllegalArgumentException e) {
      bad.accept(String.valueOf(e.getMessage()));
    }
  }

  private static String fits(String where) {
    return where + ": of the features and classes configured";
  }

  private static String where(ConsumerRecord<byte[], byte[]> found) {
    return "offset %d of topic '%s'".formatted(found.offset(), found.topic());
  }
}
