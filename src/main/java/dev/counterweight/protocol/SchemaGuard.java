package dev.counterweight.protocol;

import dev.counterweight.event.Schema;
import java.util.Optional;

/**
 * Holds what a role goes on from, and what it reads, to the schema that it is configured with,
 * before it writes anything. Immutable.
 */
public final class SchemaGuard {
  private static final String DOCUMENT = " (docs/operations.md, Changing features or classes)";

  /** Where another configuration is what the job has: nothing was written under this one. */
  private static final String CONFIGURE =
      "nothing is written; a job keeps its features, label and classes, in their order: set them as"
          + " they were, or start a new job"
          + DOCUMENT;

  /** Where either may be wrong: what the model was trained on tells. */
  private static final String DECIDE =
      "nothing is made of it; correct the configuration if that is wrong; if the records are,"
          + " batches.mismatch=skip passes over them, and their events are not trained on; or start"
          + " a new job"
          + DOCUMENT;

  private final Schema own;

  /**
   * @param own as configured
   */
  public SchemaGuard(Schema own) {
    this.own = own;
  }

  /** The schema that is configured. */
  public Schema own() {
    return own;
  }

  /**
   * Passes what is of the same schema.
   *
   * @param where what bears the schema, for messages
   * @throws FailureException with both schemas and the way out, if it is of another
   */
  public void require(String where, Schema found) {
    Optional<String> difference = own.differenceOf(found);
    if (difference.isPresent()) {
      throw new FailureException(told(where, difference.get(), CONFIGURE));
    }
  }

  /** What to say of a batch record of another schema that is not to be passed over. */
  public static FailureException otherRecord(String where, String difference) {
    return new FailureException(told(where, difference, DECIDE));
  }

  private static String told(String where, String difference, String wayOut) {
    return "%s is of another schema: %s; %s".formatted(where, difference, wayOut);
  }
}
