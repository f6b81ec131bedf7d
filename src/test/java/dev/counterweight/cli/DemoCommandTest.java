package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the command refuses before it starts anything. */
class DemoCommandTest {
  @Test
  void anUnknownDemoIsWrongUsageAndSaysWhichMayBeMeant() {
    assertThat(refused("demo", "paymets"))
        .contains("unknown demo 'paymets': did you mean 'payments'?");
    assertThat(refused("demo", "nothing")).contains("there are shuttle, payments");
    assertThat(refused("demo", "payments", "shuttle")).contains("'shuttle'");
  }

  @Test
  void eventsAreOfPaymentsAndHaveBounds() {
    assertThat(refused("demo", "--events", "20000")).contains("--events=20000", "demo payments");
    assertThat(refused("demo", "shuttle", "--events", "20000")).contains("--events=20000");
    assertThat(refused("demo", "payments", "--events", "10"))
        .contains("--events=10: must be from 2000 to 5000000");
  }

  @Test
  void aPaceAndAPortHaveBounds() {
    assertThat(refused("demo", "--rate", "-1")).contains("--rate=-1.0: must be a number");
    assertThat(refused("demo", "payments", "--rate", "-1")).contains("--rate=-1.0");
    assertThat(refused("demo", "payments", "--rate", "0.5"))
        .contains("--rate=0.5: payments come at least 1 a second");
    assertThat(refused("demo", "payments", "--metrics-port", "70000"))
        .contains("--metrics-port=70000: must be from 0 to 65535");
  }

  private static String refused(String... args) {
    Outcome refused = Outcome.of(args);
    assertThat(refused.code()).as(refused.text()).isEqualTo(2);
    return refused.text();
  }
}
