package dev.counterweight.quality;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Payments#main} does it at full length. */
class PaymentsTest {
  private static final int EVENTS = 20_000;

  @TempDir Path folder;

  @Test
  void fewFraudsAmongManyColumnsAreToldByTheGuest() {
    DataSet payments = Payments.of(EVENTS, 1);
    Payments.Learnt with = Payments.learnt(payments, 1, Map.of(), folder);
    Payments.Learnt without = Payments.learnt(payments, 1, Map.of("model.guest", "none"), folder);

    assertThat(with.guest()).isGreaterThan(0.5);
    assertThat(without.guest()).isZero();
    assertThat(with.gmean()).isGreaterThan(without.gmean() + 0.02);
    assertThat(with.gmean()).isGreaterThanOrEqualTo(Payments.AIM);
    assertThat(with.logLoss()).isLessThan(without.logLoss());
  }
}
