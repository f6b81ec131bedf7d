package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
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

        @Override
        public void close() {
          throw new AssertionError("a close without a limit waits as long as a broker is away");
        }
      };
  private final BatchWriter writer =
      new BatchWriter(() -> producer, "one", new Ticker(() -> 0), retry());

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
  void samplerThatIsToStopWaitsForNoBrokerForLong() {
    writer.start();
    writer.send(new ProducerRecord<>("batches", new byte[1]));
    unanswered = LONG;
    stop.set(true);
    assertThatThrownBy(() -> writer.commit(new ConsumerGroupMetadata("group")))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("attempts: away");
  }

  @Test
  void samplerThatIsToStopCommitsThoughACallHadNoAnswer() {
    writer.start();
    writer.send(new ProducerRecord<>("batches", new byte[1]));
    unanswered = 2;
    stop.set(true);
    assertThat(writer.commit(new ConsumerGroupMetadata("group"))).isTrue();
  }

  @Test
  void samplerThatIsToStopBeforeItBeganWaitsForNoBroker() {
    unanswered = LONG;
    stop.set(true);
    assertThatThrownBy(writer::start)
        .isInstanceOf(Retry.StoppedException.class)
        .hasMessageContaining("no answer in 1 attempts: away");
  }

  @Test
  void closingHasALimit() {
    writer.close();
    assertThat(producer.closed()).isTrue();
  }

  @Test
  void brokerThatKeepsNoTransactionsYetIsWaitedForAtTheStart() {
    unanswered = LONG;
    writer.start();
    writer.send(new ProducerRecord<>("batches", new byte[1]));
    assertThat(writer.commit(new ConsumerGroupMetadata("group"))).isTrue();
  }

  private Retry retry() {
    return new Retry(stop::get, Duration.ofSeconds(1));
  }

  private void answer() {
    if (unanswered-- > 0) {
      throw new TimeoutException("away");
    }
  }
}
