package dev.counterweight.joining;

/**
 * An event as the join holds it.
 *
 * @param timeMs its own time, at most {@link JoinRules#FURTHEST_MS} from 1970
 * @param body opaque: what its record is made of again; shared, not to be written to
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
public record HeldEvent(Origin origin, long timeMs, byte[] body) {
  public HeldEvent {
    JoinRules.checkTime("event", timeMs);
  }
}
