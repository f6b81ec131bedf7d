package dev.counterweight.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.loss.LossConfig;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class KebabCaseTest {
  @Test
  void constantsAreWrittenInLowerCaseWithHyphensWhateverTheUsersLocale() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("tr-TR"));
    try {
      assertThat(KebabCase.of(LossConfig.Kind.LOGIT_ADJUSTED)).isEqualTo("logit-adjusted");
    } finally {
      Locale.setDefault(before);
    }
  }
}
