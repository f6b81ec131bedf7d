package dev.counterweight.payments;

/** What happens in a stream of payments. */
public sealed interface Occurrence permits Payment, Chargeback, Tombstone, Broken {
  /** Milliseconds since 1970. */
  long timeMs();
}
