package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.demo.SharedBroker;
import dev.counterweight.protocol.FailureException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The topics of Kafka Streams that hold what a job has counted. */
@Timeout(180)
class StateTopicsIT {

  @Test
  void aJobWhoseStateIsGoneDoesNotBeginAtNothing() throws Exception {
    CountedJob job = new CountedJob(1, Map.of());
    job.send(0, 3, "ok");
    job.countToEnd(Map.of());
    String group = job.config(Map.of()).topics().groupOf("counter");
    List<String> state = CounterTopology.stateTopics(group);
    assertThat(CounterTopology.internalTopics(group)).containsAll(state);
    try (Admin admin = SharedBroker.admin()) {
      for (String topic : state) {
        admin.deleteTopics(List.of(topic)).all().get(30, TimeUnit.SECONDS);

        assertThatThrownBy(() -> job.countToEnd(Map.of()))
            .isInstanceOf(FailureException.class)
            .hasMessageContaining("has published snapshots up to version")
            .hasMessageContaining("'" + topic + "'")
            .hasMessageEndingWith("Start a new job.");
      }
    }
    assertThat(job.newest().counts().events()).containsExactly(3, 0);
  }
}
