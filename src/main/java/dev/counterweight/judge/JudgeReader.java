package dev.counterweight.judge;

import dev.counterweight.kafka.Records;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.JoinedLabel;
import dev.counterweight.protocol.ServedScore;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a {@link JudgeRecord} of what scorer and joiner wrote. Used by the thread of one consumer.
 */
final class JudgeReader {
  private static final Logger LOG = LoggerFactory.getLogger(JudgeReader.class);

  private final List<String> classes;
  private final Map<String, Integer> index = new HashMap<>();
  private boolean told;
  private boolean toldClass;

  /**
   * @param classes in class order
   */
  JudgeReader(List<String> classes) {
    this.classes = classes;
    for (int c = 0; c < classes.size(); c++) {
      index.put(classes.get(c), c);
    }
  }

  /** Of a score; of what is none, {@link JudgeRecord#unreadable}: nothing rests on it. */
  byte[] score(@Nullable ByteBuffer value) {
    try {
      if (value == null) {
        throw new IllegalArgumentException("a score is not readable: it has no value");
      }
      return score(ServedScore.parse(Utils.toArray(value)));
    } catch (IllegalArgumentException | InvariantException e) {
      if (!told) {
        LOG.warn(
            "a record of the topic of scores is passed over, as each like it: {}", e.getMessage());
        told = true;
      }
      return JudgeRecord.unreadable();
    }
  }

  private byte[] score(ServedScore score) {
    if (score.place() == null) {
      throw new IllegalArgumentException("a score is not readable: it names no event");
    }
    double[] probabilities = new double[classes.size()];
    score
        .probabilities()
        .forEach((name, probability) -> probabilities[indexOf(name)] = probability);
    return JudgeRecord.score(
        score.place().partition(),
        score.place().offset(),
        indexOf(score.decision()),
        probabilities);
  }

  private int indexOf(String name) {
    Integer c = index.get(name);
    if (c == null) {
      throw new InvariantException(
          "a score is of the job's classes", String.join(", ", classes), "'" + name + "'");
    }
    return c;
  }

  /**
   * Of a labelled event; of a class that this process does not know, with {@link
   * JudgeRecord#NO_CLASS}: the joiner was given one more.
   *
   * @throws InvariantException if its headers are none that a joiner writes
   */
  byte[] label(Headers headers) {
    JoinedLabel label = JoinedLabel.of(Records.event(null, null, headers, 0).headers());
    int c = index.getOrDefault(label.label(), JudgeRecord.NO_CLASS);
    if (c == JudgeRecord.NO_CLASS && !toldClass) {
      LOG.warn(
          "a label of class '{}' judges nothing here, as each of a class that is none of {}:"
              + " restart with the joiner's events.classes",
          label.label(),
          String.join(", ", classes));
      toldClass = true;
    }
    return JudgeRecord.label(label.partition(), label.offset(), c, label.correction());
  }
}
