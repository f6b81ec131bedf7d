package dev.counterweight.protocol;

import dev.counterweight.event.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a role goes on from, and what it reads, to the schema that it is configured with,
 * before it writes anything. Immutable.
 */
public final class SchemaGuard {
  private static final String DOCUMENT = " (docs/operations.md, Changing features or classes)";

  /** Where another configuration is what the job has: nothing was written under this one. */
  private static final String CONFIGURE =
      "nothing is written; a job keeps its features, label and classes, in their order, and classes"
          + " may be added at the end: set them as they were, or start a new job"
          + DOCUMENT;

  /** Where either may be wrong: what the model was trained on tells. */
  private static final String DECIDE =
      "nothing is made of it; correct the configuration if that is wrong; if the records are,"
          + " batches.mismatch=skip passes over them, and their events are not trained on; or start"
          + " a new job"
          + DOCUMENT;

  /** Where the job has classes that this process does not know. */
  private static final String GROW =
      "nothing is written; classes were added at the end of events.classes, of which none is ever"
          + " taken out, and this instance has the list before: set it as the others have it and"
          + " start again"
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
   * Passes what is of the same schema, or was written before classes were added at its end.
   *
   * @param where what bears the schema, for messages
   * @throws FailureException with both schemas and the way out, if it is of another
   */
  public void require(String where, Schema found) {
    if (own.reads(found)) {
      return;
    }
    requireNotGrown(where, found);
    throw new FailureException(told(where, own.differenceOf(found).orElseThrow(), CONFIGURE));
  }

  /**
   * Passes everything but what classes were added to since this process was configured: that is
   * never to be passed over, as the others of the job go on from it.
   *
   * @param found null where it is not told
   * @throws FailureException with both schemas and the way out
   */
  public void requireNotGrown(String where, @Nullable Schema found) {
    if (found != null && found.grows(own)) {
      throw new FailureException(told(where, own.differenceOf(found).orElseThrow(), GROW));
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
