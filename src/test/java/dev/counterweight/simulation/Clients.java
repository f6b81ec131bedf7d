package dev.counterweight.simulation;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.PatientRetry;
import dev.counterweight.kafka.Retry;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.Producer;

/** The clients of one simulated process. */
final class Clients extends KafkaClients {
  private static final int MOST_RECORDS = 60;

  private final Process process;

  Clients(Process process) {
    super(new KafkaConfig("unused:1", Map.of()));
    this.process = process;
  }

  @Override
  public Consumer<byte[], byte[]> consumer(
      String clientId, Map<String, Object> settings, int mostKeyBytes, int mostValueBytes) {
    Object group = settings.get(ConsumerConfig.GROUP_ID_CONFIG);
    Object most = settings.get(ConsumerConfig.MAX_POLL_RECORDS_CONFIG);
    return new MemoryConsumer(
        process,
        group == null ? null : group.toString(),
        most instanceof Integer n ? Math.min(n, MOST_RECORDS) : MOST_RECORDS);
  }

  @Override
  public Producer<byte[], byte[]> transactionalProducer(
      String transactionalId, Map<String, Object> settings) {
    return new MemoryProducer(process, transactionalId);
  }

  @Override
  public Producer<byte[], byte[]> producer(String clientId, Map<String, Object> settings) {
    return new MemoryProducer(process, null);
  }

  @Override
  public Admin admin(String clientId) {
    throw new UnsupportedOperationException("no admin client is simulated");
  }

  /** Waits in the world's time, while others work. */
  Retry retry() {
    World world = process.place().world;
    return PatientRetry.of(
        process::killed,
        world.time::nanos,
        nanos -> world.waits(TimeUnit.NANOSECONDS.toMillis(nanos)));
  }
}
