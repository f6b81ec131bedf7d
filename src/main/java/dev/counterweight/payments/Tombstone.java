package dev.counterweight.payments;

/**
 * A deletion: a key without a value.
 *
 * @param payment a number of its own, which never was a payment's
 */
public record Tombstone(long payment, long timeMs) implements Occurrence {}
