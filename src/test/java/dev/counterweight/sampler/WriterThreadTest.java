package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class WriterThreadTest {
  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final WriterThread writer =
      new WriterThread(
          new BatchWriter(() -> producer, "one", new Ticker(() -> 0), new Retry(() -> false)),
          "writer");
  private final List<Integer> done = Collections.synchronizedList(new ArrayList<>());

  @Test
  void nothingIsDoneBehindWhatFailedUntilItIsAborted() {
    writer.submit(to -> done.add(1));
    CountDownLatch inLine = new CountDownLatch(1);
    writer.submit(
        to -> {
          awaited(inLine);
          throw new IllegalStateException("refused");
        });
    writer.submit(to -> done.add(2));
    writer.submit(to -> done.add(3));
    inLine.countDown();

    assertThatThrownBy(() -> writer.run(to -> done.add(4))).hasMessage("refused");
    assertThatThrownBy(() -> writer.submit(to -> done.add(5))).hasMessage("refused");
    assertThatThrownBy(writer::check).hasMessage("refused");
    assertThat(done).containsExactly(1);

    writer.abort();
    writer.run(to -> done.add(6));
    assertThat(done).containsExactly(1, 6);
    writer.close();
  }

  @Test
  void whatIsInLineIsDoneInOrderBeforeTheWriterIsClosed() {
    List<Integer> all = IntStream.range(0, 5 * WriterThread.MAX_WAITING).boxed().toList();
    all.forEach(i -> writer.submit(to -> done.add(i)));
    assertThat(producer.closed()).isFalse();
    writer.close();
    assertThat(done).isEqualTo(all);
    assertThat(producer.closed()).isTrue();
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
