package dev.counterweight.event;

import java.util.Optional;

/**
 * Reads labels that stand apart from their events by another decoder, and has its messages name the
 * keys that labels are read by. Not thread-safe.
 */
final class LabelSide implements EventDecoder {
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
          e.reason(), () -> LabelWords.of(String.valueOf(e.getMessage())));
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
