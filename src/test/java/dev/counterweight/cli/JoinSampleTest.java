package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.EventHead;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JoinSampleTest {
  private static final long HOUR_MS = 3_600_000;

  private final JoinSample sample =
      new JoinSample(
          Objects.requireNonNull(
              JobConfigLoader.load(
                      Map.of(
                          "job", "joined",
                          "bootstrap.servers", "unused:1",
                          "events.topic", "events",
                          "events.classes", "ok,fraud",
                          "events.features", "amount",
                          "labels.topic", "labels",
                          "labels.label", "class",
                          "labels.wait", "2h",
                          "labels.state.dir", "unused",
                          "checkpoint.dir", "unused"))
                  .labels()),
          1,
          1);

  @Test
  void aLabelIsOfTheNewestEventBeforeItOrOfTheFirstBehind() {
    event(0);
    event(10);
    event(100);
    label(13);
    assertThat(told()).contains("half of those found come within 3 h, 90 % within 3 h");
    label(-1);
    label(-1);
    assertThat(told())
        .contains("come within -60 min, 90 % within 3 h; labels.wait=2 h: 1 of 3 would come too");
    label(-4);
    assertThat(told()).contains("1 of 4 would come too late, 1 before their event by more");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 ms",
    "999, 999 ms",
    "1500, 1.5 s",
    "119000, 119 s",
    "7140000, 119 min",
    "86400000, 24 h",
    "216000000, 2.5 d",
    "-5400000, -90 min"
  })
  void timesAreShownInAUnitOfTheirSize(long ms, String shown) {
    assertThat(JoinSample.shown(ms)).isEqualTo(shown);
  }

  private void event(long hour) {
    sample.event(record(), new EventHead(EventHead.NO_LABEL, hour * HOUR_MS, 1), key());
  }

  private void label(long hour) {
    sample.label(record(), new EventHead(0, hour * HOUR_MS, 1), key());
  }

  private static byte[] key() {
    return "order".getBytes(UTF_8);
  }

  private static ConsumerRecord<byte[], byte[]> record() {
    return new ConsumerRecord<>("any", 0, 0, key(), new byte[0]);
  }

  private String told() {
    StringWriter out = new StringWriter();
    sample.tell(new Findings(new PrintWriter(out, true)));
    return out.toString();
  }
}
