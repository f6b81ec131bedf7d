package dev.counterweight.joining;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The events of hot keys, in rows of their own: those that wait with their bodies; what was written
 * of the others, which is short, with their bodies beside it as long as they may be corrected. Each
 * kind is in the order of time. Not thread-safe.
 */
final class ApartEvents {
  /** Rows got at once, at first and at most: that many bodies are in memory. */
  private static final int FEW = 4;

  private static final int MANY = 64;

  /** Of rows that are longer few are got at once. */
  private static final int LONG = 16_384;

  private final Rows rows;

  ApartEvents(Rows rows) {
    this.rows = rows;
  }

  /** A new event of this key. */
  void put(KeyRow row, KeptEvent event) {
    if (event.waits()) {
      rows.put(at(row, RowKeys.WAITING, event), RowFormat.encodeBody(event.event.body()));
      row.changed |= !row.waitingApart;
      row.waitingApart = true;
    } else {
      putDecided(row, event);
    }
  }

  /** An event that waited no longer does; what was written of it stays if it is said so. */
  void decided(KeyRow row, KeptEvent event, boolean stays) {
    rows.delete(at(row, RowKeys.WAITING, event));
    if (stays) {
      putDecided(row, event);
    }
  }

  private void putDecided(KeyRow row, KeptEvent event) {
    if (!event.bodiless) {
      rows.put(at(row, RowKeys.BODY, event), RowFormat.encodeBody(event.event.body()));
    }
    putWritten(row, event);
    row.changed |= !row.writtenApart;
    row.writtenApart = true;
  }

  /** Another class is in force. */
  void putWritten(KeyRow row, KeptEvent event) {
    rows.put(at(row, RowKeys.WRITTEN, event), RowFormat.encodeWritten(event));
  }

  void deleteWritten(KeyRow row, KeptEvent event) {
    rows.delete(at(row, RowKeys.WRITTEN, event));
    if (!event.bodiless) {
      rows.delete(at(row, RowKeys.BODY, event));
    }
  }

  /** An event that was written and is not without it, with its body. */
  HeldEvent withBody(KeyRow row, HeldEvent event) {
    byte[] at =
        RowKeys.ofEvent(
            row.at,
            RowKeys.BODY,
            event.timeMs(),
            event.origin().partition(),
            event.origin().offset());
    return new HeldEvent(event.origin(), event.timeMs(), RowFormat.decodeBody(rows.get(at)));
  }

  /**
   * Shows the events of a kind from a time to another, ascending, until one is not taken. Whoever
   * takes one may change its rows.
   *
   * @return the one that was not taken
   */
  @Nullable KeptEvent each(
      KeyRow row, byte what, long fromMs, long toMs, Predicate<KeptEvent> taken) {
    byte[] from = RowKeys.from(row.at, what, clamp(fromMs));
    byte[] to = RowKeys.to(row.at, what, clamp(toMs));
    int batch = FEW;
    while (true) {
      List<Rows.Row> found = rows.range(from, to, batch);
      for (Rows.Row each : found) {
        KeptEvent event = decode(what, each);
        if (!taken.test(event)) {
          return event;
        }
      }
      if (found.size() < batch) {
        return null;
      }
      Rows.Row last = found.get(batch - 1);
      from = Arrays.copyOf(last.key(), last.key().length + 1); // the next key there can be
      batch = last.value().length > LONG ? FEW : MANY;
    }
  }

  /** The first event of a kind. */
  @Nullable KeptEvent first(KeyRow row, byte what) {
    List<Rows.Row> first =
        rows.range(
            RowKeys.from(row.at, what, -JoinRules.FURTHEST_MS),
            RowKeys.to(row.at, what, JoinRules.FURTHEST_MS),
            1);
    return first.isEmpty() ? null : decode(what, first.get(0));
  }

  /** The last event of a kind from a time to another. */
  @Nullable KeptEvent last(KeyRow row, byte what, long fromMs, long toMs) {
    Rows.Row last =
        rows.last(RowKeys.from(row.at, what, clamp(fromMs)), RowKeys.to(row.at, what, clamp(toMs)));
    return last == null ? null : decode(what, last);
  }

  private static KeptEvent decode(byte what, Rows.Row row) {
    return what == RowKeys.WAITING ? RowFormat.decodeWaiting(row) : RowFormat.decodeWritten(row);
  }

  private static long clamp(long ms) {
    return Math.max(-JoinRules.FURTHEST_MS, Math.min(JoinRules.FURTHEST_MS, ms));
  }

  private static byte[] at(KeyRow row, byte what, KeptEvent event) {
    Origin origin = event.event.origin();
    return RowKeys.ofEvent(row.at, what, event.timeMs(), origin.partition(), origin.offset());
  }
}
