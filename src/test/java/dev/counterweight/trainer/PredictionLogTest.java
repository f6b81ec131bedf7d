package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import java.nio.file.Path;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody listens on port 9 of this machine: a broker that is away. */
@Timeout(30)
class PredictionLogTest {

  @Test
  void aBrokerThatIsAwayIsNoRefusalOfPredictions() {
    JobConfig config =
        new TrainerJob("127.0.0.1:9", "away", Path.of("unused"))
            .with("evaluation.predictions.topic", "predictions")
            .with("kafka.max.block.ms", "200")
            .config();
    try (PredictionLog log = new PredictionLog(config, new KafkaClients(config.kafka()));
        TrainingRun run = new TrainingRun(config, log)) {
      run.train(TrainerJob.batch(0));

      assertThatThrownBy(log::flush)
          .as("waited for, as all else that the broker does not answer")
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining("evaluation.predictions.topic=predictions");
    }
  }
}
