package dev.counterweight.speed;

/**
 * One participant's run in a round.
 *
 * @param round from 1
 */
record Run(Participant participant, int round, Usage usage) {
  double eventsPerSecond() {
    return participant.events() / usage.wallS();
  }

  /** Microseconds of processor time an event, the broker's left out. */
  double cpuUs() {
    return usage.cpuS() * 1e6 / participant.events();
  }
}
