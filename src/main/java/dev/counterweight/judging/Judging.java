package dev.counterweight.judging;

import dev.counterweight.joining.Rows;
import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Judges the answers to the events of one partition by the classes that come for them: each at most
 * once, whichever is read first. An answer counts only if it was written before the class was: who
 * answered later may have been trained on it. Answers come in the order of their events, so that no
 * class is waited with for an event that was passed. All that it knows is in its rows and in {@link
 * Held}: these are to be stored together. Not thread-safe.
 *
 * <p>Rows by the event's offset (8, big-endian).
 */
public final class Judging {
  private static final int BATCH = 64;

  private final JudgingRules rules;
  private final Rows answers;
  private final Rows truths;
  private final Verdicts verdicts;
  private final Held held;

  /**
   * @param answers rows of answers that wait for a class
   * @param truths rows of classes that wait for an answer
   * @param held of these rows, as it was stored
   */
  public Judging(JudgingRules rules, Rows answers, Rows truths, Verdicts verdicts, Held held) {
    this.rules = rules;
    this.answers = answers;
    this.truths = truths;
    this.verdicts = verdicts;
    this.held = held;
  }

  /** An event was answered. */
  public void answer(long event, Answer answer) {
    if (event < held.next()) {
      verdicts.tell(Fate.REPEATED);
      return;
    }
    passTruthsBefore(event);
    held.answered(event);
    byte @Nullable [] came = held.truths() == 0 ? null : truths.get(key(event));
    if (came == null) {
      answers.put(key(event), answer.toBytes());
      held.answerKept(event);
    } else {
      truths.delete(key(event));
      held.truthGone();
      judge(answer, Truth.of(came));
    }
  }

  /** The class of an event has come. */
  public void truth(long event, Truth truth) {
    if (event >= held.next()) {
      keep(event, truth);
      return;
    }
    byte @Nullable [] waiting = held.answers() == 0 ? null : answers.get(key(event));
    if (waiting == null) {
      verdicts.tell(Fate.UNMATCHED);
    } else {
      answers.delete(key(event));
      held.answerGone();
      judge(Answer.of(waiting), truth);
    }
  }

  /** Another class has come for an event that has one. */
  public void correction() {
    verdicts.tell(Fate.CORRECTED);
  }

  private void judge(Answer answer, Truth truth) {
    if (answer.atMs() < truth.atMs()) {
      verdicts.judged(answer, truth);
    } else {
      verdicts.tell(Fate.LABEL_FIRST);
    }
  }

  private void keep(long event, Truth truth) {
    if (truths.get(key(event)) != null) {
      verdicts.tell(Fate.UNMATCHED); // the first one stands
      return;
    }
    truths.put(key(event), truth.toBytes());
    held.truthKept(event);
    if (held.truths() > rules.mostTruths()) {
      passTruths(truths.range(key(held.truthsFrom()), key(Long.MAX_VALUE), 1));
    }
  }

  /** Classes of events that have not been answered, as answers come in the order of events. */
  private void passTruthsBefore(long event) {
    while (held.truths() > 0 && held.truthsFrom() < event) {
      List<Rows.Row> passed = truths.range(key(held.truthsFrom()), key(event - 1), BATCH);
      passTruths(passed);
      if (passed.size() < BATCH) {
        held.truthsFrom(event);
      }
    }
  }

  private void passTruths(List<Rows.Row> passed) {
    for (Rows.Row row : passed) {
      truths.delete(row.key());
      held.truthGone();
      held.truthsFrom(event(row) + 1);
      verdicts.tell(Fate.UNMATCHED);
    }
  }

  /**
   * Lets go of answers that no class has come for.
   *
   * @param readMs all classes that were written before this time have come
   * @param most answers that are let go of
   * @return whether none is left that is to be let go of
   */
  public boolean advance(long readMs, int most) {
    for (int left = most; left > 0; ) {
      List<Rows.Row> first = firstAnswers(Math.min(left, BATCH));
      for (Rows.Row row : first) {
        if (dueMs(row) > readMs) {
          return true;
        }
        answers.delete(row.key());
        held.answerGone();
        held.answersFrom(event(row) + 1);
        verdicts.tell(Fate.EXPIRED);
        left--;
      }
      if (first.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** When an answer is let go of next, by the time of the classes; empty if none waits. */
  public OptionalLong nextDueMs() {
    List<Rows.Row> first = firstAnswers(1);
    return first.isEmpty() ? OptionalLong.empty() : OptionalLong.of(dueMs(first.get(0)));
  }

  private List<Rows.Row> firstAnswers(int most) {
    if (held.answers() == 0) {
      return List.of();
    }
    List<Rows.Row> first = answers.range(key(held.answersFrom()), key(Long.MAX_VALUE), most);
    if (first.isEmpty()) {
      throw new InvariantException("rows of answers that wait", held.answers(), 0);
    }
    held.answersFrom(event(first.get(0)));
    return first;
  }

  private long dueMs(Rows.Row answer) {
    return Answer.atMs(answer.value()) + rules.holdMs();
  }

  private static long event(Rows.Row row) {
    return ByteBuffer.wrap(row.key()).getLong();
  }

  private static byte[] key(long event) {
    return ByteBuffer.allocate(Long.BYTES).putLong(event).array();
  }
}
