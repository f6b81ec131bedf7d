package dev.counterweight.judge;

import dev.counterweight.judge.JudgeMeters.Told;
import dev.counterweight.judging.Answer;
import dev.counterweight.judging.Fate;
import dev.counterweight.judging.Judging;
import dev.counterweight.judging.Truth;
import dev.counterweight.judging.Verdicts;
import dev.counterweight.streams.Alarm;
import dev.counterweight.streams.Continuity;
import dev.counterweight.streams.TaskProcessor;
import dev.counterweight.streams.TaskStore;
import java.util.Arrays;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Judges the scores of the events of one partition. Rows and progress are in the store before
 * {@link #process} returns: nothing of ours runs between the last record and an exactly-once
 * commit. A task in which nothing waits does nothing. Used by the task's thread.
 */
final class JudgeTask implements TaskProcessor.Task<byte[], byte[]>, Verdicts, Labels.Taker {
  /** Rows let go of in one go, so that records and commits come in between. */
  private static final int MOST = 2_000;

  /** What this holds is told about as often while something comes. */
  private static final long TELL_MS = 1_000;

  private final JudgeSettings settings;
  private final ProcessorContext<Void, Void> context;
  private final int partition;
  private final JudgeProgress progress;
  private final Continuity scores;
  private final Labels labels;
  private final Judging judging;
  private final Alarm alarm;

  /** Goes on from what the store has. */
  JudgeTask(JudgeSettings settings, ProcessorContext<Void, Void> context) {
    this.settings = settings;
    this.context = context;
    this.partition = context.taskId().partition();
    TaskStore store = new TaskStore(context.getStateStore(JudgeTopology.STORE));
    settings.identity().require(settings.names().job(), "judged by", store);
    this.progress = new JudgeProgress(store, settings.classes().size());
    this.scores =
        new Continuity(
            settings.scoreOffsets(),
            new TopicPartition(settings.names().scores(), partition),
            "scores");
    if (progress.begins()) {
      scores.requireNew();
    }
    this.labels = labels(store);
    this.judging =
        new Judging(
            settings.rules(),
            store.part(JudgeTopology.ANSWERS),
            store.part(JudgeTopology.TRUTHS),
            this,
            progress.held());
    progress.store();
    this.alarm = new Alarm(context, this::look);
    alarm.noLaterThan(context.currentSystemTimeMs() + 1);
  }

  private Labels labels(TaskStore store) {
    TopicPartition source =
        new TopicPartition(JudgeTopology.labels(settings.names(), settings.routed()), partition);
    return settings.routed()
        ? new RoutedLabels(settings, source, progress, store)
        : new DirectLabels(settings, source, progress);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata at = context.recordMetadata().orElseThrow();
    if (alarm.setInTheFuture()) {
      alarm.cancel();
    }
    // Committed offsets may be reset behind the store, which is the truth.
    if (at.topic().equals(settings.names().scores())) {
      scores.require(at.offset(), progress.nextScore());
      if (at.offset() >= progress.nextScore()) {
        score(record);
        progress.movedScores(at.offset() + 1);
      }
    } else {
      labels.requireJoinsUp(at.offset());
      if (at.offset() >= progress.nextLabel()) {
        labels.take(record, at, this);
        progress.movedLabels(at.offset() + 1);
      }
    }
    progress.store();
    settings.own().take(new TopicPartition(at.topic(), at.partition()), at.offset());
    alarm.noLaterThan(context.currentSystemTimeMs() + TELL_MS);
  }

  private void score(Record<byte[], byte[]> record) {
    byte @Nullable [] value = record.value();
    JudgeRecord score = JudgeRecord.of(value == null ? JudgeRecord.unreadable() : value);
    if (score.kind() != JudgeRecord.SCORE || score.partition() != partition) {
      settings.metrics().unreadable();
      return;
    }
    judging.answer(
        score.offset(), new Answer(record.timestamp(), score.label(), score.probabilities()));
  }

  @Override
  public void label(JudgeRecord label, long atMs) {
    if (label.kind() == JudgeRecord.CORRECTION) {
      judging.correction();
    } else if (label.label() < 0 || label.label() >= settings.classes().size()) {
      // Of a class that this process does not know, or that only the one did which routed it.
      settings.metrics().unreadable();
    } else {
      judging.truth(label.offset(), new Truth(atMs, label.label()));
    }
  }

  @Override
  public void judged(Answer answer, Truth truth) {
    progress.judged(truth.label(), answer.decision(), padded(answer.probabilities()));
    settings.metrics().judged(truth.label(), answer.decision(), truth.atMs() - answer.atMs());
  }

  /** An answer may have waited since there were fewer classes. */
  private double[] padded(double[] probabilities) {
    int classes = settings.classes().size();
    return probabilities.length == classes ? probabilities : Arrays.copyOf(probabilities, classes);
  }

  @Override
  public void tell(Fate fate) {
    progress.add(fate);
    settings.metrics().count(fate);
  }

  private void look(long nowMs) {
    boolean done = judging.advance(labels.readMs(), MOST);
    progress.store();
    tell();
    if (!done) {
      alarm.noLaterThan(nowMs + 1);
    } else {
      judging.nextDueMs().ifPresent(due -> alarm.noLaterThan(Math.max(due, nowMs + TELL_MS)));
    }
  }

  private void tell() {
    settings
        .metrics()
        .told(
            partition,
            new Told(
                progress.figures(),
                progress.fates(),
                progress.held().answers(),
                progress.held().truths()));
  }

  @Override
  public void close() {
    alarm.cancel();
    tell();
    settings.metrics().gone(partition);
  }
}
