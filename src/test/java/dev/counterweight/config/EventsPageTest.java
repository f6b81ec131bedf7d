package dev.counterweight.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.RawEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The job files of docs/events.md, and the events beside them. */
class EventsPageTest {
  private static final Path PAGE = Path.of("docs/events.md");

  /** The indented lines of a format's chapter: an event, and behind the comment the job file. */
  private static List<String> block(EventFormat format, boolean job) throws IOException {
    List<String> lines = Files.readAllLines(PAGE);
    int comment =
        lines.indexOf("<!-- " + format.name().toLowerCase(java.util.Locale.ROOT) + " -->");
    assertThat(comment).as("a job file for " + format).isPositive();
    List<String> before = lines.subList(0, comment);
    int from = job ? comment : lastHeading(before);
    return lines.subList(from + 1, lines.size()).stream()
        .dropWhile(line -> !line.startsWith("    "))
        .takeWhile(line -> line.startsWith("    "))
        .map(String::strip)
        .toList();
  }

  private static int lastHeading(List<String> lines) {
    int heading = lines.size() - 1;
    while (!lines.get(heading).startsWith("### ")) {
      heading--;
    }
    return heading;
  }

  private static EventsConfig job(EventFormat format) throws IOException {
    Map<String, String> job =
        block(format, true).stream()
            .map(line -> line.split("=", 2))
            .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1]));
    return JobConfigLoader.load(job).events();
  }

  private static float[] row(EventsConfig events, RawEvent event, EventHead head) throws Exception {
    EventDecoder decoder =
        events.decoder(
            id -> {
              throw new IllegalStateException("no registry");
            });
    assertThat(decoder.head(event)).isEqualTo(head);
    float[] row = new float[events.schema().columnCount()];
    decoder.features(event, row, 0);
    return row;
  }

  @ParameterizedTest
  @EnumSource(EventFormat.class)
  void eachFormatHasAJobFileThatIsRead(EventFormat format) throws IOException {
    assertThat(job(format).format()).isEqualTo(format);
  }

  @Test
  void theJsonEventIsReadAsThePageSays() throws Exception {
    byte[] value = String.join("\n", block(EventFormat.JSON, false)).getBytes(UTF_8);

    float[] row =
        row(job(EventFormat.JSON), RawEvent.of(value, 1), new EventHead(1, 1_789_988_400_000L, 1));

    // amount, limit and whether it is missing, country, eight tags, the clock
    assertThat(row).hasSize(16);
    assertThat(row).startsWith(12.5f, 5000, 0);
    assertThat(row[5]).isPositive();
    assertThat(row[6]).isEqualTo(-1);
  }

  @Test
  void theCsvEventIsReadAsThePageSays() throws Exception {
    byte[] value = String.join("\n", block(EventFormat.CSV, false)).getBytes(UTF_8);
    RawEvent event =
        new RawEvent(
            null, value, name -> name.equals("outcome") ? "fraud".getBytes(UTF_8) : null, 1);

    float[] row = row(job(EventFormat.CSV), event, new EventHead(1, 1_790_000_000_000L, 1));

    assertThat(row).startsWith(12.5f).endsWith(Float.NaN, 1).hasSize(4);
  }

  @Test
  void theFloatsAreReadAsThePageSays() throws Exception {
    byte[] value =
        HexFormat.of()
            .parseHex(String.join("", block(EventFormat.FLOAT32, false)).replace(" ", ""));

    float[] row =
        row(
            job(EventFormat.FLOAT32),
            RawEvent.of(value, 1_790_000_000_000L),
            new EventHead(1, 1_790_000_000_000L, 1));

    assertThat(row).containsExactly(12.5f, 0, Float.NaN, 1);
  }
}
