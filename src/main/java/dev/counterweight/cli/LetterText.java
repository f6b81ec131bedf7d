package dev.counterweight.cli;

import dev.counterweight.event.Shown;
import dev.counterweight.letters.DeadLetter;
import dev.counterweight.letters.LetterTopics;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** A dead letter as a few lines of text, whatever its bytes are. */
final class LetterText {
  private static final int MAX_HEADERS = 20;

  private LetterText() {}

  /**
   * @param topics that the job's letters are of
   */
  static String of(DeadLetter letter, LetterTopics topics) {
    StringBuilder text = new StringBuilder();
    DeadLetter.Origin origin = letter.origin();
    line(
        text,
        "offset %d, refused %s: %s: %s"
            .formatted(
                letter.record().offset(),
                Instant.ofEpochMilli(letter.record().timestamp()),
                letter.reason(),
                letter.error()));
    if (origin != null) {
      line(
          text,
          "  %sfrom %s, partition %d, offset %d, %s"
              .formatted(
                  topics.several() ? kind(topics.kind(letter)) : "",
                  Shown.text(origin.topic()),
                  origin.partition(),
                  origin.offset(),
                  origin.timestampMs() < 0
                      ? "without a time"
                      : "time " + Instant.ofEpochMilli(origin.timestampMs())));
    }
    if (letter.replays() > 0) {
      line(text, "  replayed: " + letter.replays());
    }
    if (letter.truncated() != null) {
      line(text, "  truncated: " + letter.truncated());
    }
    List<Header> headers = letter.ownHeaders();
    headers.stream()
        .limit(MAX_HEADERS)
        .forEach(
            header ->
                line(text, "  header " + Shown.text(header.key()) + ": " + shown(header.value())));
    if (headers.size() > MAX_HEADERS) {
      line(text, "  and %d headers more".formatted(headers.size() - MAX_HEADERS));
    }
    line(text, "  key: " + shown(letter.record().key()));
    line(text, "  value: " + shown(letter.record().value()));
    return text.toString();
  }

  private static String kind(String of) {
    return of.isEmpty() ? "" : of + ": ";
  }

  private static void line(StringBuilder text, String line) {
    text.append(line).append(System.lineSeparator());
  }

  private static String shown(byte @Nullable [] bytes) {
    return bytes == null ? "none" : Shown.bytes(bytes);
  }
}
