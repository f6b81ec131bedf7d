package dev.counterweight.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * UCI's Adult as events with words and nulls against what people make of it by hand: {@code
 * adult.jsonl.gz} beside {@code adult-codes.csv.gz} (a whole number a word, -1 for none) and {@code
 * adult-onehot.csv.gz}, in the folder that {@code -Dcounterweight.data} names.
 */
class CategoriesTest {
  private static final Path DATA =
      Path.of(System.getProperty("counterweight.data", "../shared/data"));

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void declaredCategoriesAreLearntBetterThanHandMadeCodes(long seed) throws IOException {
    Path events = DATA.resolve("adult.jsonl.gz");
    assumeTrue(Files.exists(events), events + " is not here: it may not be committed");
    QualityRun declared = run(JsonEvents.load(events, Long.MAX_VALUE), seed);

    for (String encoding : new String[] {"codes", "onehot"}) {
      Path file = DATA.resolve("adult-" + encoding + ".csv.gz");
      QualityRun byHand = run(DataSet.load(file, Long.MAX_VALUE), seed);
      for (String figure : new String[] {"gmean", "pr_auc"}) {
        assertThat(declared.figure(figure).orElseThrow())
            .as("%s beside %s", figure, encoding)
            .isGreaterThan(byHand.figure(figure).orElseThrow());
      }
    }
  }

  private QualityRun run(EventSet events, long seed) {
    return new BrokerlessJob(folder).run(events, "job", seed, Map.of());
  }
}
