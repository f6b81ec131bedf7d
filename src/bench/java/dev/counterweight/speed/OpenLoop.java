package dev.counterweight.speed;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends events when they are due, whether or not those before have come anywhere, and starts the
 * job that takes them. Owned by one thread, but for what it starts.
 */
final class OpenLoop implements AutoCloseable {
  /** Seconds of each load that are left out. */
  static final int WARM_S = 5;

  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final Duration LAST_CHECKPOINT = Duration.ofSeconds(4);
  private static final long PROBE_NS = Duration.ofMillis(10).toNanos();
  private static final long TICK_NS = Duration.ofMillis(1).toNanos();

  private final Producer<byte[], byte[]> producer;
  private final List<byte[]> values;
  private final Stages stages;
  private long sent;
  private volatile boolean closed;

  OpenLoop(String bootstrap, MadeEvents made, Stages stages) {
    this.producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "linger.ms", 2, "batch.size", 131_072),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.values = made.values();
    this.stages = stages;
  }

  /** A job's process. */
  record Job(Process process) implements AutoCloseable {
    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
    }
  }

  /** Starts the job, and what watches it and has it score. */
  Job start(Path properties) throws IOException {
    List<String> command = LaunchedJava.command(LatencyJob.class.getName());
    command.add(properties.toString());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(LaunchedJava.ENVIRONMENT);
    Process process = builder.start();
    begin("topics", stages::readTopics);
    begin("trained", () -> stages.readTrained(process.inputReader()));
    begin("probes", this::probe);
    return new Job(process);
  }

  private static void begin(String name, Runnable what) {
    Thread thread = new Thread(what, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void probe() {
    for (int i = 0; !closed; i++) {
      producer.send(new ProducerRecord<>("probes", values.get(i % values.size())));
      LockSupport.parkNanos(PROBE_NS);
    }
  }

  /** Sends as fast as it goes, and returns how many of the later half are trained on a second. */
  double burst(long count) {
    long half = count / 2;
    for (long i = 0; i < count; i++) {
      send();
    }
    await(sent);
    double took = stages.trained.whenNs(count) - stages.trained.whenNs(half);
    return (count - half) / (took / 1e9);
  }

  /** Sends at a rate for a time, and waits until all of it has come everywhere. */
  LoadLevel run(double share, double rate, int seconds) {
    long count = (long) (rate * seconds);
    LoadLevel level = new LoadLevel(share, rate, sent, System.nanoTime(), count);
    while (sent < level.end()) {
      long nowNs = System.nanoTime();
      while (sent < level.end() && level.dueNs(sent) <= nowNs) {
        send();
      }
      LockSupport.parkNanos(TICK_NS);
    }
    await(level.end());
    return level;
  }

  private void send() {
    byte[] value = values.get((int) (sent % values.size()));
    producer.send(new ProducerRecord<>("events", 0, null, value));
    sent++;
  }

  private void await(long end) {
    producer.flush();
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    while (stages.trained.end() < end) {
      if (System.nanoTime() > deadlineNs) {
        throw new IllegalStateException(
            "of %d events %d are counted, %d in batches, %d trained on"
                .formatted(end, stages.counted.end(), stages.batched.end(), stages.trained.end()));
      }
      LockSupport.parkNanos(TICK_NS);
    }
    // The last events may have given no row to learn from: no checkpoint is written for them alone.
    long lastNs = System.nanoTime() + LAST_CHECKPOINT.toNanos();
    while (stages.scored.end() < end && System.nanoTime() < lastNs) {
      LockSupport.parkNanos(TICK_NS);
    }
  }

  @Override
  public void close() {
    closed = true;
    stages.end();
    producer.close(Duration.ofSeconds(5));
  }
}
