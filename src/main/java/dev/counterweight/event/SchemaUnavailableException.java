package dev.counterweight.event;

/**
 * The registry does not answer for now, so that nothing can be said of an event: it is to be read
 * again later, neither passed over nor rejected.
 */
public final class SchemaUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SchemaUnavailableException(String message) {
    // No stack trace: it is thrown for each look while a registry is away.
    super(message, null, false, false);
  }
}
