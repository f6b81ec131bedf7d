package dev.counterweight.payments;

import org.jspecify.annotations.Nullable;

/**
 * A card payment.
 *
 * @param number from 0 on, in order of time
 * @param amount in the shop's currency, above 0
 * @param country of the card, two letters
 * @param device null where the shop does not know it
 * @param deviceAgeDays since the device was first seen; null where there is no device
 * @param lastHour payments of the same card in the hour before
 * @param truth what no shop knows
 */
public record Payment(
    long number,
    long timeMs,
    double amount,
    String country,
    String merchant,
    String category,
    @Nullable String device,
    @Nullable Double deviceAgeDays,
    int lastHour,
    Truth truth)
    implements Occurrence {}
