package dev.counterweight.joiner;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.StreamIdentity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the offsets and class indices in a task's rows mean: the topics of both sides, and the
 * classes in order. It stands beside them.
 *
 * <p>Bytes: format (1), then as Java's DataOutput writes them: cluster and topic id of the events,
 * the same of the labels, number of classes (4), their names.
 */
record TaskIdentity(StreamIdentity events, StreamIdentity labels, List<String> classes) {
  private static final int ROW = 0;
  private static final byte FORMAT = 1;

  TaskIdentity {
    classes = List.copyOf(classes);
  }

  /**
   * Requires that the rows of a store are of this, and has it say so from now on.
   *
   * @throws FailureException if they are of other topics, or other classes
   */
  void require(String job, JoinStore store) {
    byte @Nullable [] row = store.progress(ROW);
    if (row != null) {
      TaskIdentity before = of(row);
      requireSame(job, Side.EVENTS, before.events, events);
      requireSame(job, Side.LABELS, before.labels, labels);
      requirePrefix(job, before.classes);
      if (equals(before)) {
        return;
      }
    }
    store.putProgress(ROW, toBytes());
  }

  private static void requireSame(
      String job, Side side, StreamIdentity before, StreamIdentity now) {
    if (!before.equals(now)) {
      throw new FailureException(
          "job '%s' joined another topic of %s (id %s, cluster %s) than the one that is there now (id %s, cluster %s): its offsets mean other records. Start a new job."
              .formatted(
                  job,
                  side.text(),
                  before.topicId(),
                  before.clusterId(),
                  now.topicId(),
                  now.clusterId()));
    }
  }

  private void requirePrefix(String job, List<String> before) {
    if (before.size() > classes.size() || !before.equals(classes.subList(0, before.size()))) {
      throw new FailureException(
          "job '%s' holds labels of events.classes=%s, and events.classes=%s is configured: classes may be added at the end, no more. Set it back, or start a new job."
              .formatted(job, String.join(",", before), String.join(",", classes)));
    }
  }

  private byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      for (StreamIdentity side : List.of(events, labels)) {
        out.writeUTF(side.clusterId());
        out.writeUTF(side.topicId());
      }
      out.writeInt(classes.size());
      for (String name : classes) {
        out.writeUTF(name);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static TaskIdentity of(byte[] row) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(row))) {
      byte format = in.readByte();
      if (format != FORMAT) {
        throw new IOException("format " + format);
      }
      StreamIdentity events = new StreamIdentity(in.readUTF(), in.readUTF());
      StreamIdentity labels = new StreamIdentity(in.readUTF(), in.readUTF());
      int count = in.readInt();
      List<String> classes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        classes.add(in.readUTF());
      }
      return new TaskIdentity(events, labels, classes);
    } catch (IOException e) {
      throw new UncheckedIOException("a task's identity that cannot be read", e);
    }
  }
}
