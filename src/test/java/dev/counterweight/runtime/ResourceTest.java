package dev.counterweight.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class ResourceTest {
  @Test
  void aTextNamesNoSourceMap() {
    assertThat(Resource.text(Resource.CHART_JS))
        .contains("Chart.js v4.5.1")
        .doesNotContain("sourceMappingURL");
  }

  @Test
  void whatIsNotThereIsNamed() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Resource.bytes("/nowhere.css"))
        .withMessage("/nowhere.css is not on the class path");
  }
}
