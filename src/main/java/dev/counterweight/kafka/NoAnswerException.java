package dev.counterweight.kafka;

import dev.counterweight.protocol.FailureException;
import org.jspecify.annotations.Nullable;

/**
 * The cluster gave no answer in time: it may be away. A command that is to answer now ends with it;
 * a role waits.
 */
public final class NoAnswerException extends FailureException {
  private static final long serialVersionUID = 1L;

  public NoAnswerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
