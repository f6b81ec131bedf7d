package dev.counterweight.protocol;

import java.util.Set;

/**
 * The headers by which a record of {@code <job>.labelled} says more than its event does: texts in
 * UTF-8. What an event itself has under these names is taken off before.
 */
public final class LabelledHeaders {
  /** Name of the class. */
  public static final String LABEL = "cw.label";

  /** The event's time, milliseconds since 1970. */
  public static final String EVENT_TIME = "cw.event.time";

  /** By how much the label's time is later than the event's, milliseconds, at least 0. */
  public static final String WAITED_MS = "cw.waited.ms";

  /** Partition of the user's topic that the event stands in. */
  public static final String ORIGIN_PARTITION = "cw.origin.partition";

  /** Offset of the event there. */
  public static final String ORIGIN_OFFSET = "cw.origin.offset";

  /** Of a correction alone: name of the class that the event had until then. */
  public static final String REPLACES = "cw.replaces";

  /** All of them. */
  public static final Set<String> NAMES =
      Set.of(LABEL, EVENT_TIME, WAITED_MS, ORIGIN_PARTITION, ORIGIN_OFFSET, REPLACES);

  private LabelledHeaders() {}
}
