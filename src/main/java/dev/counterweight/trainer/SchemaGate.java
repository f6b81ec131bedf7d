package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.config.SamplerConfig;
import dev.counterweight.event.Schema;
import dev.counterweight.protocol.SchemaGuard;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the batch records through that are of the job's own schema. What is to be done about others
 * is a decision of the user's; what is passed over by it is told, a line for each run of offsets.
 * Not thread-safe.
 */
final class SchemaGate {
  private static final Logger LOG = LoggerFactory.getLogger(SchemaGate.class);

  private final Schema own;
  private final SchemaGuard guard;
  private final SamplerConfig.Mismatch decision;
  private final String topic;
  private @Nullable String passedOver;
  private long first;
  private long last;
  private long records;
  private boolean unmarkedTold;

  SchemaGate(Schema own, SamplerConfig.Mismatch decision, String topic) {
    this.own = own;
    this.guard = new SchemaGuard(own);
    this.decision = decision;
    this.topic = topic;
  }

  /**
   * Whether a record is to be trained on; records come in order.
   *
   * @throws dev.counterweight.protocol.FailureException if it is of another schema and is not to be
   *     passed over, as one of more classes than configured never is
   */
  boolean admits(long offset, MiniBatch batch) {
    guard.requireNotGrown(where(offset), batch.origin().schema());
    Optional<String> difference = batch.differenceTo(own);
    if (difference.isEmpty()) {
      tell();
      tellUnmarked(offset, batch);
      return true;
    }
    if (decision == SamplerConfig.Mismatch.FAIL) {
      throw SchemaGuard.otherRecord(where(offset), difference.get());
    }
    passOver(offset, difference.get());
    return false;
  }

  private String where(long offset) {
    return "offset %d of topic '%s'".formatted(offset, topic);
  }

  /** Tells what was passed over since this was last told, if anything was. */
  void tell() {
    if (passedOver != null) {
      LOG.warn(
          "offsets {} to {} of topic '{}', {} batch records, are of another schema and are passed"
              + " over, as batches.mismatch=skip says: {}",
          first,
          last,
          topic,
          records,
          passedOver);
      passedOver = null;
    }
  }

  private void passOver(long offset, String difference) {
    if (!difference.equals(passedOver)) {
      tell();
      passedOver = difference;
      first = offset;
      records = 0;
    }
    last = offset;
    records++;
  }

  private void tellUnmarked(long offset, MiniBatch batch) {
    if (!unmarkedTold && batch.origin().schema() == null) {
      unmarkedTold = true;
      LOG.info(
          "offset {} of topic '{}' bears no schema, as records of older releases: it has as many"
              + " features and classes as configured, and is taken to be of them",
          offset,
          topic);
    }
  }
}
