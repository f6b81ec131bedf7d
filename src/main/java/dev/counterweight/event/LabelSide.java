package dev.counterweight.event;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads labels that stand apart from their events by another decoder, and has its messages name the
 * keys that labels are read by. Not thread-safe.
 */
final class LabelSide implements EventDecoder {
  private static final Pattern KEYS =
      Pattern.compile(
          "\\bevents\\.(?=(format|envelope|label|key|schema\\.(file|message|frame)|time(\\.unit)?)\\b"
              + "(?!\\.[a-z]))");

  private final EventDecoder labels;

  LabelSide(EventDecoder labels) {
    this.labels = labels;
  }

  @Override
  public EventHead head(RawEvent event) throws EventRejectedException {
    try {
      return labels.head(event);
    } catch (EventRejectedException e) {
      throw new EventRejectedException(
          e.reason(), () -> KEYS.matcher(String.valueOf(e.getMessage())).replaceAll("labels."));
    }
  }

  @Override
  public byte[] joinKey() {
    return labels.joinKey();
  }

  /** Labels have none. */
  @Override
  public void features(RawEvent event, float[] target, int at) throws EventRejectedException {
    labels.features(event, target, at);
  }

  @Override
  public boolean missing(int feature) {
    return labels.missing(feature);
  }

  @Override
  public Optional<String> named(RawEvent event) throws EventRejectedException {
    return labels.named(event);
  }
}
