package dev.counterweight.streams;

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
 * What the offsets and class indices in a task's rows mean: the topics that it reads, and the
 * classes in order. It stands beside them.
 *
 * <p>Bytes: format (1), then as Java's DataOutput writes them: cluster and topic id of each topic,
 * number of classes (4), their names.
 *
 * @param topics always as many, in the same order
 */
public record TaskIdentity(List<Topic> topics, List<String> classes) {
  private static final int ROW = 0;
  private static final byte FORMAT = 1;

  /**
   * A topic that is read.
   *
   * @param holds what its records are, in words
   */
  public record Topic(String holds, StreamIdentity stream) {}

  public TaskIdentity {
    topics = List.copyOf(topics);
    classes = List.copyOf(classes);
  }

  /**
   * Requires that the rows of a store are of this, and has it say so from now on.
   *
   * @param did what the job did with the topics, in words
   * @throws FailureException if they are of other topics, or other classes
   */
  public void require(String job, String did, TaskStore store) {
    byte @Nullable [] row = store.progress(ROW);
    if (row != null) {
      TaskIdentity before = of(row);
      for (int i = 0; i < topics.size(); i++) {
        requireSame(job, did, before.topics.get(i), topics.get(i));
      }
      requirePrefix(job, before.classes);
      if (equals(before)) {
        return;
      }
    }
    store.putProgress(ROW, toBytes());
  }

  private static void requireSame(String job, String did, Topic before, Topic now) {
    if (!before.equals(now)) {
      throw new FailureException(
          "job '%s' %s another topic of %s (id %s, cluster %s) than the one that is there now (id %s, cluster %s): its offsets mean other records. Start a new job."
              .formatted(
                  job,
                  did,
                  now.holds,
                  before.stream.topicId(),
                  before.stream.clusterId(),
                  now.stream.topicId(),
                  now.stream.clusterId()));
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
      for (Topic topic : topics) {
        out.writeUTF(topic.stream.clusterId());
        out.writeUTF(topic.stream.topicId());
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

  private TaskIdentity of(byte[] row) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(row))) {
      byte format = in.readByte();
      if (format != FORMAT) {
        throw new IOException("format " + format);
      }
      List<Topic> read = new ArrayList<>();
      for (Topic topic : topics) {
        read.add(new Topic(topic.holds, new StreamIdentity(in.readUTF(), in.readUTF())));
      }
      int count = in.readInt();
      List<String> names = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        names.add(in.readUTF());
      }
      return new TaskIdentity(read, names);
    } catch (IOException e) {
      throw new UncheckedIOException("a task's identity that cannot be read", e);
    }
  }
}
