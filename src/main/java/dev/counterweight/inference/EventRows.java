package dev.counterweight.inference;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.RawEvent;
import java.util.Arrays;
import java.util.List;

/**
 * Events, each read as one of the topic is.
 *
 * @param decoder of the model's features
 * @param ends of each event in {@code body}: from, to; of one that is the whole body, none
 */
record EventRows(EventDecoder decoder, byte[] body, List<Slice> slices) implements Rows {

  /** Bytes of a body. */
  record Slice(int from, int to) {}

  @Override
  public int count() {
    return slices.size();
  }

  @Override
  public void write(int row, float[] target, int at) throws Refusal {
    Slice slice = slices.get(row);
    boolean whole = slice.from() == 0 && slice.to() == body.length;
    byte[] value = whole ? body : Arrays.copyOfRange(body, slice.from(), slice.to());
    try {
      decoder.features(RawEvent.of(value, 0), target, at);
    } catch (EventRejectedException e) {
      throw Refusal.bad((whole ? "" : "event " + row + ": ") + e.getMessage());
    }
  }
}
