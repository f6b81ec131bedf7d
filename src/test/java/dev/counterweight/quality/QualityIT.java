package dev.counterweight.quality;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.demo.SharedBroker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The measuring itself: what it says must not depend on the day. */
@Timeout(120)
class QualityIT {
  @TempDir Path folder;

  @Test
  void aSeedGivesTheSameFiguresAgainAndAnotherSeedOthers() throws Exception {
    QualityJob job = new QualityJob(SharedBroker.bootstrapServers(), folder);
    DataSet data = data(SharedBroker.uniqueName("quality"));
    job.publish(data);

    JsonNode first = job.run(data, "first", 7, Map.of()).metrics();
    JsonNode again = job.run(data, "again", 7, Map.of()).metrics();
    JsonNode other = job.run(data, "other", 8, Map.of()).metrics();

    assertThat(first.path("evaluated").path("common").asLong()).isPositive();
    assertThat(again).isEqualTo(first);
    assertThat(other.path("log_loss")).isNotEqualTo(first.path("log_loss"));
  }

  @Test
  void withoutABrokerTheFiguresAreTheSame() throws Exception {
    QualityJob job = new QualityJob(SharedBroker.bootstrapServers(), folder);
    DataSet data = data(SharedBroker.uniqueName("quality"));
    job.publish(data);

    JsonNode through = job.run(data, "through", 7, Map.of()).metrics();
    JsonNode without = new BrokerlessJob(folder).run(data, "without", 7, Map.of()).metrics();

    assertThat(through.path("evaluated").path("rare").asLong()).isPositive();
    assertThat(without).isEqualTo(through);
  }

  static DataSet data(String name) {
    SplittableRandom random = new SplittableRandom(1);
    List<float[]> rows = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      boolean rare = random.nextInt(20) == 0;
      rows.add(
          new float[] {
            (float) (random.nextGaussian() + (rare ? 1 : 0)), (float) random.nextGaussian()
          });
      labels.add(rare ? "rare" : "common");
    }
    return DataSet.of(name, List.of("x", "y"), rows, labels);
  }
}
