package dev.counterweight.joining;

import dev.counterweight.protocol.InvariantException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of rows, big-endian. A key's: version (1), flags (1), due (8), number of labels (1), each
 * of them class (4), time (8), fate (1); then its event if the flags say so: time (8), partition
 * (4), offset (8), and if it was written class (4) and time of the label (8); then its body, to the
 * end. Of an event apart that waits: version (1), body; that was written: version (1), flags (1),
 * class (4), time of the label (8); of a body: version (1), body.
 */
final class RowFormat {
  private static final byte VERSION = 1;
  private static final int WAITING_APART = 1;
  private static final int WRITTEN_APART = 2;
  private static final int EVENT = 4;
  private static final int WRITTEN = 8;
  private static final int MISSING = 16;
  private static final int BODILESS = 32;
  private static final int FLAGS = 63;

  private static final int HEAD = 1 + 1 + Long.BYTES + 1;
  private static final int LABEL = Integer.BYTES + Long.BYTES + 1;
  private static final int PLACE = Long.BYTES + Integer.BYTES + Long.BYTES;
  private static final int FORCE = Integer.BYTES + Long.BYTES;
  private static final byte[] NOTHING = {};

  private RowFormat() {}

  static byte[] encode(KeyRow row) {
    KeptEvent event = row.event;
    KeptLabels labels = row.labels;
    int size = HEAD + labels.count() * LABEL;
    if (event != null) {
      size += PLACE + (event.waits() ? 0 : FORCE) + event.event.body().length;
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(size)
            .put(VERSION)
            .put((byte) flags(row))
            .putLong(row.dueMs)
            .put((byte) labels.count());
    for (int i = 0; i < labels.count(); i++) {
      bytes.putInt(labels.label(i)).putLong(labels.timeMs(i)).put(labels.fate(i));
    }
    if (event != null) {
      Origin origin = event.event.origin();
      bytes.putLong(event.timeMs()).putInt(origin.partition()).putLong(origin.offset());
      if (!event.waits()) {
        bytes.putInt(event.label).putLong(event.labelMs);
      }
      bytes.put(event.event.body());
    }
    return bytes.array();
  }

  private static int flags(KeyRow row) {
    KeptEvent event = row.event;
    return (row.waitingApart ? WAITING_APART : 0)
        | (row.writtenApart ? WRITTEN_APART : 0)
        | (event == null ? 0 : EVENT | force(event));
  }

  private static int force(KeptEvent event) {
    return (event.waits() ? 0 : WRITTEN)
        | (event.missing ? MISSING : 0)
        | (event.bodiless ? BODILESS : 0);
  }

  private static KeptEvent event(HeldEvent event, int flags, int label, long labelMs) {
    KeptEvent kept = new KeptEvent(event);
    kept.label = label;
    kept.labelMs = labelMs;
    kept.missing = (flags & MISSING) != 0;
    kept.bodiless = (flags & BODILESS) != 0;
    return kept;
  }

  static KeyRow decode(byte[] at, long t, byte[] value) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(value);
      version(bytes);
      int flags = flags(bytes);
      KeyRow row = new KeyRow(at, t);
      row.waitingApart = (flags & WAITING_APART) != 0;
      row.writtenApart = (flags & WRITTEN_APART) != 0;
      row.dueMs = bytes.getLong();
      readLabels(bytes, row.labels);
      if ((flags & EVENT) != 0) {
        row.event = readEvent(bytes, flags, value);
      } else if (bytes.hasRemaining()) {
        throw broken("the end after the labels", bytes.remaining() + " bytes more");
      }
      return row;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw broken("a row's bytes", value.length + " bytes: " + e);
    }
  }

  private static void readLabels(ByteBuffer bytes, KeptLabels labels) {
    int count = bytes.get();
    if (count < 0 || count > JoinRules.MOST_LABELS) {
      throw broken("0 to " + JoinRules.MOST_LABELS + " labels", count);
    }
    for (int i = 0; i < count; i++) {
      int label = bytes.getInt();
      long timeMs = bytes.getLong();
      byte fate = bytes.get();
      if (label < 0 || fate < KeptLabels.OPEN || fate > KeptLabels.TOLD) {
        throw broken("a label's class and fate", label + ", " + fate);
      }
      JoinRules.checkTime("label", timeMs);
      labels.add(label, timeMs, fate);
    }
  }

  private static KeptEvent readEvent(ByteBuffer bytes, int flags, byte[] value) {
    long timeMs = bytes.getLong();
    Origin origin = new Origin(bytes.getInt(), bytes.getLong());
    int label = KeptEvent.WAITS;
    long labelMs = 0;
    if ((flags & WRITTEN) != 0) {
      label = readClass(bytes);
      labelMs = bytes.getLong();
    }
    byte[] body =
        bytes.hasRemaining() ? Arrays.copyOfRange(value, bytes.position(), value.length) : NOTHING;
    return event(new HeldEvent(origin, timeMs, body), flags, label, labelMs);
  }

  static byte[] encodeBody(byte[] body) {
    return ByteBuffer.allocate(1 + body.length).put(VERSION).put(body).array();
  }

  static byte[] decodeBody(byte @Nullable [] value) {
    if (value == null || value.length == 0) {
      throw broken("the body of an event", value == null ? "no row" : "no bytes");
    }
    version(ByteBuffer.wrap(value));
    return Arrays.copyOfRange(value, 1, value.length);
  }

  static byte[] encodeWritten(KeptEvent event) {
    return ByteBuffer.allocate(1 + 1 + FORCE)
        .put(VERSION)
        .put((byte) force(event))
        .putInt(event.label)
        .putLong(event.labelMs)
        .array();
  }

  /** An event that was written, without its body. */
  static KeptEvent decodeWritten(Rows.Row row) {
    if (row.value().length != 1 + 1 + FORCE) {
      throw broken(1 + 1 + FORCE + " bytes of an event that was written", row.value().length);
    }
    ByteBuffer bytes = ByteBuffer.wrap(row.value());
    version(bytes);
    int flags = flags(bytes);
    int label = readClass(bytes);
    return event(
        new HeldEvent(RowKeys.origin(row.key()), RowKeys.timeMs(row.key()), NOTHING),
        flags,
        label,
        bytes.getLong());
  }

  /** An event that waits, of a row of its own. */
  static KeptEvent decodeWaiting(Rows.Row row) {
    return new KeptEvent(
        new HeldEvent(
            RowKeys.origin(row.key()), RowKeys.timeMs(row.key()), decodeBody(row.value())));
  }

  private static void version(ByteBuffer bytes) {
    byte version = bytes.get();
    if (version != VERSION) {
      throw broken("version " + VERSION, version);
    }
  }

  private static int flags(ByteBuffer bytes) {
    int flags = bytes.get();
    if ((flags & ~FLAGS) != 0) {
      throw broken("flags of at most " + FLAGS, flags);
    }
    return flags;
  }

  private static int readClass(ByteBuffer bytes) {
    int label = bytes.getInt();
    if (label < 0) {
      throw broken("a class of 0 or more", label);
    }
    return label;
  }

  private static InvariantException broken(String expected, Object found) {
    return new InvariantException("a row of the joiner's store", expected, found);
  }
}
