package dev.counterweight.speed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Events when they are due, and their labels some seconds later but for one in twenty, which never
 * comes. One event in a hundred is rare. Owned by one thread.
 */
final class LabelledLoad implements AutoCloseable {
  static final String EVENTS = "events";
  static final String LABELS = "labels";
  static final int FEATURES = 10;
  static final long LABEL_AFTER_MS = 2_000;

  private static final double RARE = 0.01;
  private static final double UNLABELLED = 0.05;
  private static final int DIFFERENT = 1_024;
  private static final long TICK_NS = Duration.ofMillis(2).toNanos();

  private final Random random = new Random(7);
  private final List<String> rows = IntStream.range(0, DIFFERENT).mapToObj(i -> row()).toList();
  private final Queue<Due> unlabelled = new ArrayDeque<>();
  private final Producer<byte[], byte[]> producer;
  private final AtomicReference<@Nullable Exception> refused = new AtomicReference<>();
  private long sent;

  private record Due(byte[] key, boolean rare, long eventMs) {}

  LabelledLoad(String bootstrap) {
    this.producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "linger.ms", 5, "batch.size", 65_536),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  private String row() {
    StringBuilder text = new StringBuilder();
    for (int f = 0; f < FEATURES; f++) {
      text.append(String.format(Locale.ROOT, "\"f%d\":%.4f,", f, random.nextGaussian()));
    }
    return text.toString();
  }

  long sent() {
    return sent;
  }

  /** Sends so many at once, each with its label behind it. */
  void burst(long count) {
    for (long i = 0; i < count; i++) {
      send(System.currentTimeMillis());
      labelUpTo(Long.MAX_VALUE);
    }
    flush();
  }

  /** Sends at a rate until then, and the last labels. */
  void run(double eventsPerSecond, long untilNs) {
    long startNs = System.nanoTime();
    long before = sent;
    for (long nowNs = startNs; nowNs < untilNs; nowNs = System.nanoTime()) {
      long due = before + (long) ((nowNs - startNs) / 1e9 * eventsPerSecond);
      long nowMs = System.currentTimeMillis();
      while (sent < due) {
        send(nowMs);
      }
      labelUpTo(nowMs - LABEL_AFTER_MS);
      LockSupport.parkNanos(TICK_NS);
    }
    labelUpTo(Long.MAX_VALUE);
    flush();
  }

  private void flush() {
    producer.flush();
    Exception first = refused.get();
    if (first != null) {
      throw new IllegalStateException("not everything was taken by the broker", first);
    }
  }

  private void send(String topic, byte[] key, String value) {
    producer.send(
        new ProducerRecord<>(topic, key, value.getBytes(UTF_8)),
        (where, failure) -> {
          if (failure != null) {
            refused.compareAndSet(null, failure);
          }
        });
  }

  private void send(long nowMs) {
    byte[] key = ("k" + sent).getBytes(UTF_8);
    boolean rare = random.nextDouble() < RARE;
    String value =
        "{%s\"far\":%d,\"t\":%d}"
            .formatted(rows.get((int) (sent % DIFFERENT)), rare ? 2 : 0, nowMs);
    send(EVENTS, key, value);
    if (random.nextDouble() >= UNLABELLED) {
      unlabelled.add(new Due(key, rare, nowMs));
    }
    sent++;
  }

  private void labelUpTo(long eventMs) {
    while (!unlabelled.isEmpty() && unlabelled.element().eventMs() <= eventMs) {
      Due due = unlabelled.remove();
      String label =
          "{\"label\":\"%s\",\"t\":%d}".formatted(due.rare() ? "rare" : "usual", due.eventMs());
      send(LABELS, due.key(), label);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
