package dev.counterweight.payments;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PaymentStreamTest {
  private static final Instant START = Instant.parse("2026-01-05T00:00:00Z");

  @Test
  void aPlanSaysAllThatHappens() {
    assertThat(all(PaymentsPlan.of(3_000, 7, START)))
        .isEqualTo(all(PaymentsPlan.of(3_000, 7, START)))
        .isNotEqualTo(all(PaymentsPlan.of(3_000, 8, START)));
  }

  static List<Occurrence> all(PaymentsPlan plan) {
    List<Occurrence> all = new ArrayList<>();
    new PaymentStream(plan).forEachRemaining(all::add);
    return all;
  }
}
