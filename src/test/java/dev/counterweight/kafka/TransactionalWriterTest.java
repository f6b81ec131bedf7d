package dev.counterweight.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TransactionalWriterTest {
  private static final int LONG = 20;

  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicLong nowNs = new AtomicLong();
  private final List<Integer> done = Collections.synchronizedList(new ArrayList<>());
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
  private final TransactionalWriter writer =
      new TransactionalWriter(
          () -> producer, "sampler", "one", new Ticker(nowNs::get), retry(), "writer");

  @AfterEach
  @Timeout(60)
  void close() {
    if (!producer.closed()) {
      writer.close();
    }
  }

  @Test
  void brokerThatIsAwayIsWaitedForHoweverLong() {
    writer.start();
    send();
    unanswered.set(LONG);
    commit();
    assertThat(producer.history()).hasSize(1);
    assertThat(nowNs.get()).isGreaterThan(Duration.ofSeconds(30).toNanos());

    send();
    unanswered.set(LONG);
    writer.abort();
    assertThat(producer.transactionInFlight()).isFalse();
    assertThat(producer.history()).hasSize(1);
  }

  @Test
  void roleThatIsToStopWaitsForNoBrokerForLong() {
    writer.start();
    send();
    unanswered.set(LONG);
    stop.set(true);
    assertThatThrownBy(this::commit)
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("attempts: away");
  }

  @Test
  void roleThatIsToStopCommitsThoughACallHadNoAnswer() {
    writer.start();
    send();
    unanswered.set(2);
    stop.set(true);
    commit();
    assertThat(producer.history()).hasSize(1);
  }

  @Test
  void roleThatIsToStopBeforeItBeganWaitsForNoBroker() {
    unanswered.set(LONG);
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
    unanswered.set(LONG);
    writer.start();
    send();
    commit();
    assertThat(producer.history()).hasSize(1);
  }

  @Test
  void transactionBeginsWithItsFirstRecordAndIsDueOnceThatHasWaited() {
    writer.start();
    assertThat(writer.due(0, 20)).isFalse();
    commit();
    assertThat(producer.transactionInFlight()).isFalse();

    nowNs.set(Duration.ofMillis(100).toNanos());
    send();
    writer.await();
    assertThat(producer.transactionInFlight()).isTrue();
    assertThat(writer.due(119, 20)).isFalse();
    assertThat(writer.due(120, 20)).isTrue();
    assertThat(writer.full()).isFalse();
    writer.write(16 << 20, to -> {});
    assertThat(writer.full()).isTrue();
    commit();
    assertThat(writer.due(500, 20)).isFalse();
    assertThat(writer.full()).isFalse();
  }

  @Test
  void whatACommitMakesCountIsCountedOnceAndNeverWhereItIsAborted() {
    writer.start();
    send();
    writer.commit(new ConsumerGroupMetadata("group"), () -> done.add(1));
    writer.await();
    writer.await();
    assertThat(done).containsExactly(1);

    writer.write(
        1,
        to -> {
          throw new IllegalStateException("refused");
        });
    assertThatThrownBy(
            () -> {
              writer.commit(new ConsumerGroupMetadata("group"), () -> done.add(2));
              writer.await();
            })
        .hasMessage("refused");
    writer.abort();
    writer.await();
    assertThat(done).containsExactly(1);
  }

  @Test
  void whatAccountsForNothingIsNotCommittedSinceNobodyWouldAskWhoseItIs() {
    writer.start();
    writer.write(1, to -> to.send(new ProducerRecord<>("batches", new byte[1])));
    assertThatThrownBy(this::commit)
        .isInstanceOf(InvariantException.class)
        .hasMessageStartingWith(
            "a transaction accounts for what it read: expected offsets of partitions, found {}");
    assertThat(producer.transactionCommitted()).isFalse();
  }

  @Test
  void nothingIsDoneBehindWhatFailedUntilItIsAborted() {
    write(1);
    CountDownLatch inLine = new CountDownLatch(1);
    writer.write(
        1,
        to -> {
          awaited(inLine);
          throw new IllegalStateException("refused");
        });
    write(2);
    write(3);
    inLine.countDown();

    assertThatThrownBy(
            () -> {
              write(4);
              writer.await();
            })
        .hasMessage("refused");
    assertThatThrownBy(() -> write(5)).hasMessage("refused");
    assertThatThrownBy(() -> writer.due(0, 1)).hasMessage("refused");
    assertThat(done).containsExactly(1);

    writer.abort();
    write(6);
    writer.await();
    assertThat(done).containsExactly(1, 6);
  }

  @Test
  @Timeout(60)
  void anInterruptOfItsThreadFailsWhatItDoesAndLeavesNobodyWaiting() {
    writer.write(
        1,
        to -> {
          throw new InterruptException("interrupted"); // which sets the thread's flag again
        });
    assertThatThrownBy(writer::await).isInstanceOf(InterruptException.class);

    writer.abort();
    write(1);
    writer.await();
    assertThat(done).containsExactly(1);
  }

  @Test
  void whatIsInLineIsDoneInOrderBeforeTheProducerIsClosed() {
    List<Integer> all = IntStream.range(0, 5 * TransactionalWriter.MAX_WAITING).boxed().toList();
    all.forEach(this::write);
    assertThat(producer.closed()).isFalse();
    writer.close();
    assertThat(done).isEqualTo(all);
    assertThat(producer.closed()).isTrue();
  }

  private void write(int number) {
    writer.write(1, to -> done.add(number));
  }

  private void send() {
    writer.write(
        1,
        to -> {
          to.send(new ProducerRecord<>("batches", new byte[1]));
          to.account(new TopicPartition("events", 0), new OffsetAndMetadata(1));
        });
  }

  private void commit() {
    writer.commit(new ConsumerGroupMetadata("group"), () -> {});
    writer.await();
  }

  /** Its waits take no time, but the clock moves. */
  private Retry retry() {
    return new Retry(stop::get, Duration.ofSeconds(1), nowNs::get, nowNs::addAndGet);
  }

  private void answer() {
    if (unanswered.getAndDecrement() > 0) {
      throw new TimeoutException("away");
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
