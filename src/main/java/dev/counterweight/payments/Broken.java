package dev.counterweight.payments;

/**
 * A record that cannot be read; how it is broken, its publisher chooses by its number.
 *
 * @param number its own, which never was a payment's
 */
public record Broken(long number, long timeMs) implements Occurrence {}
