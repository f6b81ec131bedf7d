package dev.counterweight.inference;

import dev.counterweight.inference.EventRows.Slice;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the events of a body that is one or an array of them. It looks no closer than to find where
 * each ends: whoever reads an event demands that it is well-formed.
 */
final class EventArray {
  private final byte[] body;
  private final int most;
  private final List<Slice> events = new ArrayList<>();
  private int from;

  private EventArray(byte[] body, int most) {
    this.body = body;
    this.most = most;
  }

  /** Whether a body is an array. */
  static boolean is(byte[] body) {
    int first = start(body, 0);
    return first < body.length && body[first] == '[';
  }

  /**
   * The events of an array.
   *
   * @param most of them
   * @throws Refusal if there are more, or it is no array
   */
  static List<Slice> of(byte[] body, int most) throws Refusal {
    EventArray array = new EventArray(body, most);
    array.read(start(body, 0) + 1);
    return array.events;
  }

  private void read(int start) throws Refusal {
    from = start;
    int depth = 0;
    for (int at = start; at < body.length; at++) {
      switch (body[at]) {
        case '"' -> at = endOfText(at);
        case '{', '[' -> depth++;
        case ',' -> {
          if (depth == 0) {
            add(at);
          }
        }
        case '}' -> depth--;
        case ']' -> {
          if (depth == 0) {
            end(at);
            return;
          }
          depth--;
        }
        default -> {}
      }
    }
    throw Refusal.bad("the request is no JSON: its array has no end");
  }

  private void end(int at) throws Refusal {
    if (!events.isEmpty() || start(body, from) < at) {
      add(at);
    }
    if (start(body, at + 1) < body.length) {
      throw Refusal.bad("the request is more than one JSON value");
    }
  }

  private void add(int to) throws Refusal {
    if (events.size() == most) {
      throw new Refusal(413, "the request has more than scores.max.rows=%d events".formatted(most));
    }
    events.add(new Slice(from, to));
    from = to + 1;
  }

  private int endOfText(int quote) {
    for (int at = quote + 1; at < body.length; at++) {
      if (body[at] == '\\') {
        at++;
      } else if (body[at] == '"') {
        return at;
      }
    }
    return body.length;
  }

  /** The first place from {@code at} on that holds no blank. */
  private static int start(byte[] body, int at) {
    int first = at;
    while (first < body.length && isBlank(body[first])) {
      first++;
    }
    return first;
  }

  private static boolean isBlank(byte value) {
    return value == ' ' || value == '\n' || value == '\r' || value == '\t';
  }
}
