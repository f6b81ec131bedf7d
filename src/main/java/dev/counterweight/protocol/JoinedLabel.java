package dev.counterweight.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.event.RawEvent;

/**
 * What the headers of a record of {@code <job>.labelled} say of its event's class: {@link
 * LabelledHeaders}.
 *
 * @param partition of the user's topic, in which the event stands
 * @param offset of the event there
 * @param label name of the class
 * @param correction whether the event had another class before
 */
public record JoinedLabel(int partition, long offset, String label, boolean correction) {

  /**
   * Reads them.
   *
   * @throws InvariantException if one is missing or none that a joiner writes
   */
  public static JoinedLabel of(RawEvent.Headers headers) {
    long partition = number(headers, LabelledHeaders.ORIGIN_PARTITION, Integer.MAX_VALUE);
    return new JoinedLabel(
        (int) partition,
        number(headers, LabelledHeaders.ORIGIN_OFFSET, Long.MAX_VALUE),
        text(headers, LabelledHeaders.LABEL),
        headers.last(LabelledHeaders.REPLACES) != null);
  }

  private static long number(RawEvent.Headers headers, String name, long most) {
    String text = text(headers, name);
    try {
      long number = Long.parseLong(text);
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new InvariantException(
        "header '%s' of a labelled event".formatted(name), "a number from 0 to " + most, text);
  }

  private static String text(RawEvent.Headers headers, String name) {
    byte[] value = headers.last(name);
    if (value == null) {
      throw new InvariantException(
          "header '%s' of a labelled event".formatted(name), "there", "none");
    }
    return new String(value, UTF_8);
  }
}
