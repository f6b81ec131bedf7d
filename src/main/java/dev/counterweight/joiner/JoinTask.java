package dev.counterweight.joiner;

import dev.counterweight.joiner.JoinerMeters.Held;
import dev.counterweight.joining.Fact;
import dev.counterweight.joining.HeldEvent;
import dev.counterweight.joining.Join;
import dev.counterweight.joining.JoinClock;
import dev.counterweight.joining.JoinRules;
import dev.counterweight.joining.Joined;
import dev.counterweight.joining.Label;
import dev.counterweight.joining.Origin;
import dev.counterweight.joining.Output;
import dev.counterweight.joining.Side;
import dev.counterweight.joining.Totals;
import dev.counterweight.streams.Alarm;
import dev.counterweight.streams.CommitStore;
import dev.counterweight.streams.Outgoing;
import dev.counterweight.streams.TaskProcessor;
import dev.counterweight.streams.TaskStore;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Joins the events of one task with their labels. Rows, index and progress are written by their
 * store when an exactly-once commit is about to be made ({@link CommitStore}). A task in which
 * nothing waits does nothing. Used by the task's thread.
 */
final class JoinTask implements TaskProcessor.Task<byte[], byte[]>, Joining, Output {
  /** Names of the sinks. */
  static final String LABELLED = "labelled";

  static final String LETTERS = "letters";

  /** Rows brought out in one go, so that records and commits come in between. */
  private static final int MOST = 2_000;

  /** What this holds is told about as often while something comes. */
  private static final long TELL_MS = 1_000;

  /** How often a run that is about to end is looked at. */
  private static final long END_LOOK_MS = 50;

  private final JoinSettings settings;
  private final ProcessorContext<byte[], Outgoing> context;
  private final int partition;
  private final JoinRules rules;
  private final long paceMs;
  private final TaskProgress progress;
  private final JoinClock clock = new JoinClock();
  private final Sides<TaskSide> sides;
  private final Join join;
  private final LabelledRecords records;
  private final Alarm alarm;
  private long timeMs = JoinClock.UNKNOWN;

  /** Goes on from what the stores have. */
  JoinTask(JoinSettings settings, ProcessorContext<byte[], Outgoing> context) {
    this.settings = settings;
    this.context = context;
    this.partition = context.taskId().partition();
    this.rules = settings.rules();
    this.paceMs = Math.max(1, rules.lookMs() / 8);
    CommitStore committed = context.getStateStore(JoinerTopology.STORE);
    TaskStore store = committed.rows();
    settings.identity().require(settings.names().job(), "joined", store);
    settings.routing().require(settings.names().job(), store);
    this.progress = new TaskProgress(settings.names().job(), store);
    this.sides = Sides.of(side -> side(side, store));
    this.join =
        new Join(
            rules,
            store.part(JoinerTopology.ROWS),
            committed.due(JoinerTopology.DUE),
            this,
            progress.totals());
    this.records = new LabelledRecords(partition, settings.labels().events().schema().classes());
    committed.beforeCommit(progress::store);
    settings.own().begin(partition, progress.facts());
    settings.ending().begin(partition);
    this.alarm = new Alarm(context, this::look);
    alarm.noLaterThan(context.currentSystemTimeMs() + 1);
  }

  private TaskSide side(Side side, TaskStore store) {
    TopicPartition source = new TopicPartition(settings.joinedTopic(side), partition);
    long nowMs = context.currentSystemTimeMs();
    if (settings.routing().routes(side)) {
      return new RoutedSide(settings, side, source, progress, store, clock, this, nowMs);
    }
    Admission admission = new Admission(settings, side, context, LETTERS);
    return new DirectSide(settings, side, source, progress, clock, this, admission, nowMs);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata at = context.recordMetadata().orElseThrow();
    Side side = at.topic().equals(settings.joinedTopic(Side.EVENTS)) ? Side.EVENTS : Side.LABELS;
    TaskSide source = sides.of(side);
    source.requireJoinsUp(at.offset());
    long nowMs = context.currentSystemTimeMs();
    if (alarm.setInTheFuture()) {
      alarm.cancel();
    }
    source.take(record, at, nowMs);
    alarm.noLaterThan(nowMs + TELL_MS);
  }

  @Override
  public void event(byte[] key, Origin origin, long heldMs, byte[] body) {
    join.event(key, new HeldEvent(origin, heldMs, body), timeMs);
    awaitOver(rules.overMs(heldMs));
  }

  @Override
  public void label(byte[] key, int label, long heldMs) {
    join.label(key, new Label(label, heldMs), timeMs);
    awaitOver(rules.overMs(heldMs));
  }

  /** What is over before now is seen to at the next look, and by no more looks than are due. */
  private void awaitOver(long overMs) {
    alarm.noLaterThan(Math.max(overMs, context.currentSystemTimeMs() + paceMs));
  }

  private void look(long nowMs) {
    Ending ending = settings.ending();
    boolean reached = ending.reached(); // once: another thread may say so while this looks
    timeMs = timeMs(nowMs, reached);
    boolean done = join.advance(timeMs, MOST);
    if (done && reached && ending.expires()) {
      done = join.expireAll(MOST);
    }
    tell();
    if (done && reached) {
      ending.settle(partition);
    }
    lookAgain(nowMs, done);
  }

  private long timeMs(long nowMs, boolean reached) {
    sides.events().tellTime(nowMs);
    sides.labels().tellTime(nowMs);
    return reached ? Math.max(clock.ms(), settings.ending().asOfMs()) : clock.ms();
  }

  /** Where nothing waits nothing is looked for: a task commits after each look. */
  private void lookAgain(long nowMs, boolean done) {
    if (!done) {
      alarm.noLaterThan(nowMs + 1);
    } else if (settings.ending().ends() && !settings.ending().settled(partition)) {
      alarm.noLaterThan(nowMs + END_LOOK_MS);
    }
    join.nextDueMs().ifPresent(this::awaitOver);
  }

  @Override
  public void write(Joined joined) {
    switch (joined.how()) {
      case EXPIRED -> settings.metrics().unlabelled();
      case CORRECTED -> settings.metrics().count(JoinerMetric.CORRECTED);
      default -> settings.metrics().matched(joined.waitedMs());
    }
    context.forward(records.of(joined), LABELLED);
  }

  @Override
  public void tell(Fact fact) {
    progress.add(fact);
    switch (fact) {
      case DROPPED -> settings.metrics().dropped();
      case DUPLICATE -> settings.metrics().count(JoinerMetric.DUPLICATES);
      case CONFLICT -> settings.metrics().count(JoinerMetric.CONFLICTS);
      case LATE -> settings.metrics().count(JoinerMetric.LATE);
      case UNMATCHED -> settings.metrics().count(JoinerMetric.UNMATCHED);
      case OVERFLOWED -> settings.metrics().count(JoinerMetric.DISCARDED);
      case MATCHED, EXPIRED, CORRECTED, USED -> {
        // Told where the event is written.
      }
    }
  }

  private void tell() {
    Totals totals = progress.totals();
    settings.own().now(partition, progress.facts(), totals.waiting());
    long oldestMs = totals.waiting() == 0 ? Long.MAX_VALUE : totals.oldestMs();
    settings
        .metrics()
        .holds(context.taskId().toString(), new Held(totals.waiting(), totals.labels(), oldestMs));
  }

  @Override
  public void close() {
    alarm.cancel();
    settings.own().now(partition, progress.facts(), progress.totals().waiting());
    settings.own().gone(partition);
    settings.metrics().closed(context.taskId().toString());
  }
}
