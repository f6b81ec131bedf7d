package dev.counterweight.protocol;

/**
 * What the roles promise each other does not hold, where a thing is written or where it is read:
 * going on would make a model that no batch log gives. Ends the role.
 */
public final class InvariantException extends FailureException {
  private static final long serialVersionUID = 1L;

  /**
   * @param rule what must hold, and of which thing, as "partition 3: a span begins where the last
   *     ended"
   */
  public InvariantException(String rule, Object expected, Object found) {
    super(
        "%s: expected %s, found %s; this is a defect, or something else writes to the job's topics: nothing is made of it"
            .formatted(rule, expected, found));
  }
}
