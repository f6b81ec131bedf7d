package dev.counterweight.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a cluster that is coming up answers, and what a role makes of it. */
class AdminAnswersTest {
  private final Admin admin = Admin.create(Map.of("bootstrap.servers", "localhost:1"));
  private final AdminCalls calls = new AdminCalls(admin, Duration.ofMillis(100), "localhost:1");
  private final AtomicInteger asked = new AtomicInteger();

  @AfterEach
  void close() {
    admin.close(Duration.ZERO);
  }

  @Test
  void aClusterThatStaysInMotionHasNotAnswered() {
    assertThatThrownBy(
            () -> calls.ask("list topics", refused(new NotControllerException("moving"))))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageContaining("cannot list topics")
        .hasMessageContaining("moving");
    assertThat(asked.get()).isGreaterThan(1);
  }

  @Test
  void thatATopicIsNotKnownIsAnAnswer() {
    assertThatThrownBy(
            () -> calls.ask("read topic", refused(new UnknownTopicOrPartitionException("gone"))))
        .isInstanceOf(FailureException.class)
        .isNotInstanceOf(NoAnswerException.class);
  }

  @Test
  void aTopicIsCreatedOnceEnoughBrokersHaveJoined() {
    String answer =
        calls.created(
            "create topic 'x'",
            client ->
                asked.incrementAndGet() < 3
                    ? failed(few())
                    : KafkaFuture.completedFuture("created"));

    assertThat(answer).isEqualTo("created");
  }

  @Test
  void brokersThatDoNotComeAreToldAfterAWhile() {
    assertThatThrownBy(() -> calls.created("create topic 'x'", refused(few())))
        .isInstanceOf(FailureException.class)
        .isNotInstanceOf(NoAnswerException.class)
        .hasMessageContaining("cannot create topic 'x'")
        .hasMessageContaining("only 1 broker(s) are registered: start more brokers");
    assertThat(asked.get()).isGreaterThan(1);
  }

  @Test
  void aRoleWaitsForWhateverTheClusterMayAnswerLater() {
    Retry retry = new Retry(() -> false);

    String answer =
        retry.until(
            "begin",
            () -> {
              if (asked.incrementAndGet() < 3) {
                throw new NotControllerException("moving");
              }
              return "answered";
            });
    assertThat(answer).isEqualTo("answered");
    assertThatThrownBy(
            () ->
                retry.<String>until(
                    "begin",
                    () -> {
                      throw new UnknownTopicOrPartitionException("gone");
                    }))
        .isInstanceOf(UnknownTopicOrPartitionException.class);
  }

  private static RuntimeException few() {
    return new InvalidReplicationFactorException(
        "Unable to replicate the partition 3 time(s): only 1 broker(s) are registered.");
  }

  private Function<Admin, KafkaFuture<String>> refused(RuntimeException error) {
    return client -> {
      asked.incrementAndGet();
      return failed(error);
    };
  }

  private static KafkaFuture<String> failed(RuntimeException error) {
    KafkaFutureImpl<String> future = new KafkaFutureImpl<>();
    future.completeExceptionally(error);
    return future;
  }
}
