package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.EventsConfig.Start;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.streams.KafkaInputOffsets;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where a job with {@code events.start=latest} begins, when two counters first start together. */
@Timeout(120)
class FirstStartIT {
  private final CountedJob job = new CountedJob(1, Map.of());
  private final String group = job.name + ".counter";

  @Test
  void theSecondOfTwoCountersTakesTheStartOfTheFirst() {
    job.send(0, 3, "ok");
    try (Admin admin = SharedBroker.admin();
        KafkaConsumer<byte[], byte[]> first = member()) {
      Runnable theFirst =
          () -> {
            new KafkaInputOffsets(job.clients, calls(admin), job.topic, group, p -> false)
                .applyStart(Start.LATEST, 1);
            join(first);
            job.send(0, 5, "ok");
          };

      new KafkaInputOffsets(
              job.clients, calls(beforeItSets(admin, theFirst)), job.topic, group, p -> false)
          .applyStart(Start.LATEST, 1);

      assertThat(
              new KafkaInputOffsets(job.clients, calls(admin), job.topic, group, p -> false)
                  .committed(0))
          .hasValue(3);
    }
  }

  @Test
  void aGroupOfOthersThatHasNoOffsetsIsRefused() {
    try (Admin admin = SharedBroker.admin();
        KafkaConsumer<byte[], byte[]> stranger = member()) {
      join(stranger);

      assertThatThrownBy(
              () ->
                  new KafkaInputOffsets(job.clients, calls(admin), job.topic, group, p -> false)
                      .applyStart(Start.LATEST, 1))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("cannot set the first offsets of topic '" + job.topic);
    }
  }

  private static AdminCalls calls(Admin admin) {
    return new AdminCalls(admin, Duration.ofSeconds(30), SharedBroker.bootstrapServers());
  }

  private KafkaConsumer<byte[], byte[]> member() {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers",
            SharedBroker.bootstrapServers(),
            "group.id",
            group,
            "enable.auto.commit",
            "false"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private void join(KafkaConsumer<byte[], byte[]> consumer) {
    consumer.subscribe(List.of(job.topic));
    await()
        .atMost(CountedJob.TIMEOUT)
        .until(
            () -> {
              consumer.poll(Duration.ofMillis(100));
              return !consumer.assignment().isEmpty();
            });
  }

  /** A real admin before whose setting of offsets something happens. */
  private static Admin beforeItSets(Admin admin, Runnable happens) {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, args) -> {
              if (method.getName().equals("alterConsumerGroupOffsets")) {
                happens.run();
              }
              try {
                return method.invoke(admin, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
