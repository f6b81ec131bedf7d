package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultTableTest {
  @Test
  void nothingIsToldOfGmeansUntilEveryClassWasSeen() {
    MetricsPoint young = point(Shuttle.CLASSES.subList(0, 2));
    MetricsPoint all = point(Shuttle.CLASSES);

    assertThat(ResultTable.gmeans(null, null, false)).isEmpty();
    assertThat(ResultTable.gmeans(young, young, false)).isEmpty();
    assertThat(ResultTable.gmeans(young, all, false))
        .isEqualTo("G-mean natural -, rebalanced 0.500");
    assertThat(ResultTable.gmeans(all, all, true)).isEqualTo("G-mean 0.500 | 0.500");
  }

  private static MetricsPoint point(List<String> classes) {
    Map<String, Double> recall = new HashMap<>();
    classes.forEach(name -> recall.put(name, 0.5));
    return new MetricsPoint(1, 100, 10, 0.5, 0.5, 0.1, recall, Map.of(), Map.of(), null);
  }
}
