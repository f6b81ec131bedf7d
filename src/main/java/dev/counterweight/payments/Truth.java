package dev.counterweight.payments;

/**
 * What a payment is, and what is the most that could be known of it.
 *
 * @param fraud whether it is fraud, charged back or not
 * @param pattern which kind
 * @param bayes the probability of fraud given the payment's features and its time, of one who knows
 *     the densities of all sources: nobody ranks payments better
 */
public record Truth(boolean fraud, Pattern pattern, double bayes) {}
