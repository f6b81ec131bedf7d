package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.SamplerConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.SchemaGuard;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.weights.Snapshot;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether what a sampler goes on from is of the events and the schema that it has. Immutable. */
final class SnapshotCheck implements Consumer<SnapshotRecord> {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotCheck.class);

  private final JobConfig config;
  private final TopicSetup.Identity events;
  private final SchemaGuard schemas;

  SnapshotCheck(JobConfig config, TopicSetup.Identity events) {
    this.config = config;
    this.events = events;
    this.schemas = new SchemaGuard(config.events().schema().schema());
  }

  /**
   * Passes a snapshot that is.
   *
   * @throws FailureException if it is not
   */
  @Override
  public void accept(SnapshotRecord snapshot) {
    Snapshot weights = snapshot.weights();
    String where =
        "topic '%s' offset %d".formatted(config.topics().classWeights(), snapshot.offset());
    if (!weights.stream().equals(events.stream())) {
      throw new FailureException(
          "%s counts %s, but '%s' is %s: finish the old one with --stop-at-end, then start a new job"
              .formatted(where, weights.stream(), config.events().topic(), events.stream()));
    }
    schemas.require(where, weights.schemaOr(schemas.own()));
    weights.requireWhole();
  }

  /**
   * Passes the newest of what is followed and of what is gone on from: what is written next is then
   * of the same schema.
   *
   * @throws FailureException if one is not, and is no batch record to be passed over
   */
  void accept(Optional<SnapshotRecord> snapshot, Optional<ConsumerRecord<byte[], byte[]>> batch) {
    snapshot.ifPresent(this);
    batch.ifPresent(this::accept);
    if (snapshot.isPresent() && snapshot.get().weights().schema() == null) {
      LOG.info(
          "the newest snapshot in topic '{}' bears no schema, as those of older releases: its"
              + " classes are those configured, and it is taken to be of the features configured",
          config.topics().classWeights());
    }
  }

  private void accept(ConsumerRecord<byte[], byte[]> newest) {
    String where = "offset %d of topic '%s'".formatted(newest.offset(), newest.topic());
    MiniBatch batch = read(where, newest.value());
    schemas.requireNotGrown(where, batch.origin().schema());
    Optional<String> difference = batch.differenceTo(schemas.own());
    if (difference.isEmpty()) {
      return;
    }
    if (config.sampler().batchesMismatch() == SamplerConfig.Mismatch.FAIL) {
      throw SchemaGuard.otherRecord(where, difference.get());
    }
    LOG.warn(
        "{} is of another schema: {}; sampling goes on, as batches.mismatch=skip says",
        where,
        difference.get());
  }

  private static MiniBatch read(String where, byte[] batch) {
    try {
      return MiniBatchFormat.read(batch);
    } catch (MalformedTensorsException e) {
      throw new FailureException(where + ": " + e.getMessage(), e);
    }
  }
}
