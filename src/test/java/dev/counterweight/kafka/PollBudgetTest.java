package dev.counterweight.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class PollBudgetTest {
  private final PollBudget budget = new PollBudget(100);
  private final BoundedConsumer.Bytes keys = new BoundedConsumer.Bytes(budget, 60);
  private final BoundedConsumer.Bytes values = new BoundedConsumer.Bytes(budget, 80);

  @Test
  void aRecordBegunIsTakenWholeAndTheNextOnlyWhileThereIsRoom() {
    budget.begin();
    read(new RecordHeaders(), 60, 30);
    read(new RecordHeaders(), 60, 80);
    assertThatThrownBy(() -> read(new RecordHeaders(), 0, 1)).hasMessageContaining("poll");
    budget.begin();
    read(new RecordHeaders(), 0, 1);
  }

  @Test
  void headersCount() {
    budget.begin();
    read(new RecordHeaders().add("h", new byte[200]), 0, 1);
    assertThatThrownBy(() -> read(new RecordHeaders(), 0, 1)).hasMessageContaining("poll");
  }

  @Test
  void whatIsLongerIsCutAndItsSizeCanStillBeTold() {
    budget.begin();
    ByteBuffer value = ByteBuffer.wrap(new byte[1000], 10, 500).slice();
    assertThat(values.deserialize("t", new RecordHeaders(), value)).hasSize(80);
    assertThat(value.remaining()).isEqualTo(500);
  }

  private void read(Headers headers, int keyBytes, int valueBytes) {
    keys.deserialize("t", headers, ByteBuffer.allocate(keyBytes));
    values.deserialize("t", headers, ByteBuffer.allocate(valueBytes));
  }
}
