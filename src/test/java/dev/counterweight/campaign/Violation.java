package dev.counterweight.campaign;

/**
 * A rule that did not hold.
 *
 * @param what with figures and places
 */
public record Violation(Rule rule, String what) {
  @Override
  public String toString() {
    return rule + ": " + what;
  }
}
