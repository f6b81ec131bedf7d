package dev.counterweight.speed;

/**
 * Events sent at an even rate, whatever becomes of them.
 *
 * @param share of the maximum
 * @param rate events a second
 * @param from offset of the first
 * @param startNs when the first was due
 * @param events how many
 */
record LoadLevel(double share, double rate, long from, long startNs, long events) {
  /** When an event was due, by its offset; it may have been sent later. */
  long dueNs(long offset) {
    return startNs + (long) ((offset - from) * 1e9 / rate);
  }

  long end() {
    return from + events;
  }
}
