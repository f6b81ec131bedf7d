package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.runtime.FailureException;
import dev.counterweight.runtime.Patience;
import dev.counterweight.runtime.Ticker;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class BatchWriterTest {
  private static final int LONG = 20;

  private final AtomicBoolean stop = new AtomicBoolean();
  private int unanswered;
  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
        @Override
        public void initTransactions() {
          answer();
          super.initTransactions();
        }

        @Override
        public void commitTransaction() {
          answer();
          super.commitTransaction();
        }

        @Override
        public void abortTransaction() {
          answer();
          super.abortTransaction();
        }
      };
  private final BatchWriter writer =
      new BatchWriter(() -> producer, "one", new Ticker(() -> 0), new Patience(stop::get));

  @Test
  void brokerThatIsAwayIsWaitedForHoweverLong() {
    writer.start();
    writer.send(new ProducerRecord<>("batches", new byte[1]));
    unanswered = LONG;
    assertThat(writer.commit(new ConsumerGroupMetadata("group"))).isTrue();
    assertThat(producer.history()).hasSize(1);

    writer.send(new ProducerRecord<>("batches", new byte[1]));
    unanswered = LONG;
    writer.abort();
    assertThat(producer.transactionInFlight()).isFalse();
    assertThat(producer.history()).hasSize(1);
  }

  @Test
  void samplerThatIsToStopWaitsForNoBroker() {
    writer.start();
    writer.send(new ProducerRecord<>("batches", new byte[1]));
    unanswered = LONG;
    stop.set(true);
    assertThatThrownBy(() -> writer.commit(new ConsumerGroupMetadata("group")))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("no answer in 1 attempts: away");
  }

  @Test
  void brokerThatKeepsNoTransactionsYetIsWaitedForAtTheStart() {
    unanswered = LONG;
    writer.start();
    writer.send(new ProducerRecord<>("batches", new byte[1]));
    assertThat(writer.commit(new ConsumerGroupMetadata("group"))).isTrue();
  }

  private void answer() {
    if (unanswered-- > 0) {
      throw new TimeoutException("away");
    }
  }
}
