package dev.counterweight.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Something that ends a command and is not a defect of the program. The message is one line for a
 * person: it names the thing, the value and the rule, and says how to mend it where that is known.
 */
public class FailureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FailureException(String message) {
    super(message);
  }

  public FailureException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
