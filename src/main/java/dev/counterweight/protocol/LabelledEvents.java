package dev.counterweight.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.RawEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the heads of the joiner's records: events that bear their labels, and corrections, which
 * are events that came before with another class. Not thread-safe.
 */
public final class LabelledEvents implements EventDecoder.Heads {
  private final EventDecoder events;
  private final List<String> classes;
  private final Map<String, Integer> index = new HashMap<>();

  /**
   * @param events reads the events themselves
   * @param classes in class order, by the names that the joiner writes
   */
  public LabelledEvents(EventDecoder events, List<String> classes) {
    this.events = events;
    this.classes = List.copyOf(classes);
    for (int c = 0; c < classes.size(); c++) {
      index.put(classes.get(c), c);
    }
  }

  /**
   * As of any event.
   *
   * @throws InvariantException if it replaces what is no class, or its own: the joiner alone writes
   *     that header, and takes it off an event that came with one
   */
  @Override
  public EventHead of(RawEvent event) throws EventRejectedException {
    EventHead head = events.head(event);
    byte[] replaces = event.headers().last(LabelledHeaders.REPLACES);
    return replaces == null ? head : head.inPlaceOf(before(new String(replaces, UTF_8), head));
  }

  private int before(String name, EventHead head) {
    Integer before = index.get(name);
    if (before == null || before == head.label()) {
      throw new InvariantException(
          "header '%s' of an event of class '%s' names the class that it had before"
              .formatted(LabelledHeaders.REPLACES, classes.get(head.label())),
          "another one of " + String.join(", ", classes),
          "'" + name + "'");
    }
    return before;
  }
}
