package dev.counterweight.payments;

/**
 * What a cardholder's bank tells of a payment, days later.
 *
 * @param payment its number
 * @param fraud false: taken back, the cardholder had erred
 */
public record Chargeback(long payment, long timeMs, boolean fraud) implements Occurrence {}
