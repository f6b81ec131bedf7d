package dev.counterweight.letters;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The headers that a dead letter bears behind the event's own, all UTF-8. {@link #ERROR} is the
 * first of them, so that what the event came with is known exactly, headers of these very names
 * included: an event may itself come from a queue of dead letters.
 *
 * <p>Those of {@code __connect.errors.} are named, and mean, what Kafka Connect's own reporter
 * writes; tools that read its queues read these. What a connector alone has (its name, its task) is
 * not there.
 */
public final class LetterHeaders {
  /** A sentence that says what is wrong. */
  public static final String ERROR = "cw.error";

  /** The name of the rule broken. */
  public static final String REASON = "cw.reason";

  public static final String TOPIC = "cw.topic";
  public static final String PARTITION = "cw.partition";
  public static final String OFFSET = "cw.offset";

  /** The event's record time in milliseconds since 1970; -1 if it had none. */
  public static final String TIMESTAMP = "cw.timestamp";

  /** What of the event is not whole, with its length. */
  public static final String TRUNCATED = "cw.truncated";

  /** How many letters before this one were not written. */
  public static final String OMITTED = "cw.omitted";

  /** How often an event has been published again; of the event itself. */
  public static final String REPLAYS = "cw.replays";

  /** Says of an event, and of its letter, that its class was counted when it was refused. */
  public static final String COUNTED = "cw.counted";

  /**
   * Says of a letter that its event could not be scored, of a topic that other roles of the job
   * read too: those have a letter of their own of it, if they refuse it.
   */
  public static final String UNSCORED = "cw.unscored";

  /** Before the names that Kafka Connect's reporter of dead letters uses. */
  public static final String CONNECT = "__connect.errors.";

  private LetterHeaders() {}

  /** Adds a header. */
  public static void put(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  /** The last header of that name, as text; empty if there is none, or it has no value. */
  public static Optional<String> text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null
        ? Optional.empty()
        : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
  }

  /** The headers that the event came with, in their order, of a letter's. */
  static List<Header> ofEvent(Headers letter) {
    List<Header> all = List.of(letter.toArray());
    return all.subList(0, own(all));
  }

  /** What a letter's own header says, and not one of that name that the event came with. */
  public static Optional<String> ofLetter(Headers letter, String name) {
    List<Header> all = List.of(letter.toArray());
    return text(new RecordHeaders(all.subList(own(all), all.size())), name);
  }

  /** How many of a letter's headers the event came with. */
  private static int own(List<Header> letter) {
    int own = 0;
    for (int i = 0; i < letter.size(); i++) {
      own = letter.get(i).key().equals(ERROR) ? i : own;
    }
    return own;
  }
}
