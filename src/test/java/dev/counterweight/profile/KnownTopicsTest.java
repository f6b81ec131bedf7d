package dev.counterweight.profile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.RawEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Topics as people have them, on which something fell short once. */
class KnownTopicsTest {
  private static final Path CASES = Path.of("src/test/resources/cases");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "plain.jsonl            | json         | outcome: ok, fraud       | a number, b number",
        "boolean.jsonl          | json         | outcome: ok, fraud       | a number, b number",
        "number-as-string.jsonl | json         | outcome: ok, fraud       | a number, b number",
        "null.jsonl             | json         | outcome: ok, fraud       | a number, b number?",
        "nan.jsonl              | json         | outcome: ok, fraud       | a number, b number?",
        "unlabelled.jsonl       | json         | outcome?: ok, fraud      | a number, b number",
        "nested.jsonl           | json         | outcome: ok, fraud       | tx.a number, tx.b"
            + " number",
        "debezium.jsonl         | json debezium | outcome: ok, fraud      | a number, b number",
        "connect-envelope.jsonl | json connect | outcome: ok, fraud       | a number, b number",
        "label-float.jsonl      | json         | outcome: 0.0, 1.0        | a number, b number",
        "label-nfd.jsonl        | json         | outcome: ok, refuse\u0301 | a number, b number",
        "seconds.jsonl          | json         | outcome: ok, fraud       | a number, b number, ts"
            + " s",
        "time-basic-offset.jsonl | json        | outcome: ok, fraud     | a number, b number, ts"
            + " iso",
        "adult-style.csv        | csv          | c3: <=50K, >50K          | c1 number, c2 number",
        "label-first-binary.csv | csv          | unknown: c1 c3           | c1 number, c2 number,"
            + " c3 number",
      })
  void areTold(String file, String format, String label, String features) throws IOException {
    List<RawEvent> events = events(file);

    Inference found = Inference.of(Samples.profile(events), null, true, Set.of());

    assertThat(shown(FormatGuess.of(events))).isEqualTo(format);
    assertThat(shown(found.label())).isEqualTo(label);
    assertThat(shown(found)).isEqualTo(features);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "semicolon-comma.csv  | separated by ';'",
        "bank-style.csv       | separated by ';'",
        "double-encoded.jsonl | encoded twice",
      })
  void orWhatIsWrongWithThem(String file, String why) throws IOException {
    assertThat(((TopicFormat.Unknown) FormatGuess.of(events(file))).why()).contains(why);
  }

  private static List<RawEvent> events(String file) throws IOException {
    return Files.readAllLines(CASES.resolve(file)).stream()
        .map(line -> RawEvent.of(line.getBytes(UTF_8), 1))
        .toList();
  }

  private static String shown(TopicFormat format) {
    if (format instanceof TopicFormat.Json json) {
      String envelope = json.envelope().name().toLowerCase(java.util.Locale.ROOT);
      return "json" + (envelope.equals("none") ? "" : " " + envelope);
    }
    return format instanceof TopicFormat.Csv ? "csv" : format.toString();
  }

  private static String shown(Label label) {
    if (label instanceof Label.Unknown unknown) {
      return "unknown: "
          + unknown.candidates().stream().map(Label.Known::path).collect(Collectors.joining(" "));
    }
    Label.Known known = (Label.Known) label;
    return known.path()
        + (known.missing() > 0 ? "?" : "")
        + ": "
        + known.classes().stream()
            .map(value -> String.join("/", value.names()))
            .collect(Collectors.joining(", "));
  }

  private static String shown(Inference found) {
    String features =
        found.features().stream()
            .map(
                f ->
                    f.path()
                        + " "
                        + f.type().name().toLowerCase(java.util.Locale.ROOT)
                        + (f.missing() > 0 ? "?" : ""))
            .collect(Collectors.joining(", "));
    return found.time() == null
        ? features
        : features + ", " + found.time().path() + " " + found.timeUnit();
  }
}
