package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each {@code key=value} that the pages for newcomers advise is one that a job takes. */
class SettingsOnPagesTest {
  private static final Pattern SETTING = Pattern.compile("`([a-z]+(?:\\.[a-z]+)*)=([^`]+)`");

  @ParameterizedTest
  @ValueSource(strings = {"tuning", "faq"})
  void everySettingAdvisedIsTaken(String page) throws IOException {
    int settings = 0;
    for (MatchResult setting :
        SETTING.matcher(Files.readString(Path.of("docs", page + ".md"))).results().toList()) {
      assertThatCode(() -> JobConfigLoader.load(job(setting.group(1), setting.group(2))))
          .as(page + ": " + setting.group())
          .doesNotThrowAnyException();
      settings++;
    }
    assertThat(settings).as(page).isGreaterThan(3);
  }

  private static Map<String, String> job(String key, String value) {
    Map<String, String> job = new TreeMap<>();
    job.put("job", "page");
    job.put("bootstrap.servers", "localhost:9092");
    job.put("events.topic", "payments");
    job.put("events.label", "outcome");
    job.put("events.classes", value.contains("fraud") ? "ok,fraud" : "0,1");
    job.put("events.features", "amount");
    job.put("checkpoint.dir", "checkpoints");
    job.put(key, value);
    return job;
  }
}
