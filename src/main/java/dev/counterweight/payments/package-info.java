/**
 * Made card payments whose truth is known: what is paid, which of it is fraud, when chargebacks
 * tell of it, and how scores are judged by that truth.
 *
 * <pre>{@code
 * PaymentsPlan plan = PaymentsPlan.of(1_000, 1, java.time.Instant.parse("2026-01-05T00:00:00Z"));
 * int slots = 0;
 * for (PaymentStream stream = new PaymentStream(plan); stream.hasNext(); ) {
 *   slots += stream.next() instanceof Chargeback ? 0 : 1;
 * }
 *
 * assert slots == 1_000;
 * }</pre>
 */
@NullMarked
package dev.counterweight.payments;

import org.jspecify.annotations.NullMarked;
