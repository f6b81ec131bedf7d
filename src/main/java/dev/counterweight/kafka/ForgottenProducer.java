package dev.counterweight.kafka;

import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.protocol.Errors;

/**
 * What a producer meets once the broker has forgotten its transactional id, after {@code
 * transactional.id.expiration.ms} (a week, unless set) without a transaction: a new producer of the
 * same id goes on.
 */
public final class ForgottenProducer {
  /** What to tell about it. */
  public static final String WHY =
      "the broker had forgotten its transactional id, as it does after"
          + " transactional.id.expiration.ms without a transaction";

  private static final String MESSAGE = Errors.INVALID_PRODUCER_ID_MAPPING.message();

  private ForgottenProducer() {}

  /** Whether an error says so; some calls tell it by their message alone. */
  public static boolean in(Throwable error) {
    return Causes.of(error)
        .anyMatch(
            cause ->
                cause instanceof InvalidPidMappingException
                    || String.valueOf(cause.getMessage()).contains(MESSAGE));
  }
}
