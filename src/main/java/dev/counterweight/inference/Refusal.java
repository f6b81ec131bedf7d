package dev.counterweight.inference;

import java.util.Objects;

/** A request that is not answered as it asks; the message names the thing, the value, the rule. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  Refusal(int status, String message) {
    // No stack trace: a client may send a thousand of these a second.
    super(message, null, false, false);
    this.status = status;
  }

  /** Of a request whose content breaks a rule. */
  static Refusal bad(String message) {
    return new Refusal(400, message);
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage()); // each is made with one
  }

  /** The HTTP status code that it is told by. */
  int status() {
    return status;
  }
}
