package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LabelSynonymsTest {
  /** A mend with it would be tried, and what it refers to be shown. */
  @Test
  void aLabelThatReadsAsAReferenceIsNoClass() {
    assertThat(
            LabelSynonyms.instead(
                List.of(
                    "label '${env:HOME}' in field 'class': not one of them",
                    "label 'yes' in field 'class': not one of them",
                    "label 'no' in field 'class': not one of them")))
        .contains("yes,no");
  }
}
