package dev.counterweight.campaign;

import dev.counterweight.campaign.Observed.Exit;

/**
 * A process ends with 0, or with 1 or 2 and a line that says why. One that is asked to end before
 * it has begun to say anything ends by the signal.
 */
final class Endings implements Invariant {
  private static final int WRONG_USAGE = 2;
  private static final int SIGTERM = 128 + 15;

  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    for (Exit exit : observed.exits()) {
      boolean told =
          exit.code() > 0 && exit.code() <= WRONG_USAGE && exit.lastLine().contains("error: ");
      boolean unbegun = exit.code() == SIGTERM && exit.lastLine().isBlank();
      findings.require(
          exit.killed() || exit.code() == 0 || told || unbegun,
          Rule.ENDED_WELL,
          "%s ended with %d and the line '%s'",
          exit.role(),
          exit.code(),
          exit.lastLine());
    }
  }
}
