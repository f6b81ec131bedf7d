package dev.counterweight.config;

import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.FieldPath;
import dev.counterweight.joining.JoinRules;
import dev.counterweight.joining.JoinRules.Conflict;
import dev.counterweight.joining.JoinRules.Scope;
import dev.counterweight.protocol.LabelledHeaders;
import java.nio.file.Path;

/**
 * Labels that come on a topic of their own, and how they find their events.
 *
 * @param events the user's topic of events: its schema has a join key and no label
 * @param labels the user's topic of labels: its schema has label, time and join key, no features
 * @param waitMs event time that an event waits for its label
 * @param graceMs how much later than that an event may still come out
 * @param correctForMs for how long after the wait a label still corrects what was written
 * @param conflict which of several labels within the wait counts
 * @param scope which of several events of a key a label is for
 * @param missing class of an event without a label after the wait, or {@link #DROP}
 * @param atEnd what becomes of events that wait where a run up to the end ends
 * @param stateDir folder of the state
 * @param retentionMs how long {@code <job>.labelled} is kept where it is made
 * @param repartition whether both topics are repartitioned whatever their keys are
 */
public record LabelsConfig(
    EventsConfig events,
    EventsConfig labels,
    long waitMs,
    long graceMs,
    long correctForMs,
    Conflict conflict,
    Scope scope,
    int missing,
    AtEnd atEnd,
    Path stateDir,
    long retentionMs,
    boolean repartition) {

  /** {@link #missing} of a job that drops events whose label never came. */
  public static final int DROP = JoinRules.DROP;

  /** The join key of a record that is joined on its own. */
  public static final String RECORD_KEY = "key:";

  /** What becomes of events that still wait at the end. */
  public enum AtEnd {
    KEEP,
    EXPIRE
  }

  /** What a label belongs to, for how long, and which wins. */
  public JoinRules rules() {
    return new JoinRules(waitMs, graceMs, correctForMs, missing, conflict, scope);
  }

  /** Whether the events are joined on their records' keys, so that they may be read as they are. */
  public boolean eventsByRecordKey() {
    return !repartition && byRecordKey(events);
  }

  /** Whether the labels are joined on their records' keys. */
  public boolean labelsByRecordKey() {
    return !repartition && byRecordKey(labels);
  }

  private static boolean byRecordKey(EventsConfig side) {
    return RECORD_KEY.equals(side.schema().key());
  }

  /**
   * How many partitions events are joined in: those of a topic that is read as it is, the events'
   * before the labels'.
   *
   * @param events partitions of the events topic
   * @param labels partitions of the labels topic
   */
  public int joinPartitions(int events, int labels) {
    return !eventsByRecordKey() && labelsByRecordKey() ? labels : events;
  }

  /**
   * The events as the joiner writes them: what counter and sampler read.
   *
   * @param topic that it writes
   */
  EventsConfig labelled(String topic) {
    EventSchema schema = events.schema();
    return new EventsConfig(
        topic,
        events.format(),
        EventsConfig.Start.EARLIEST,
        new EventSchema(
            schema.features(),
            header(LabelledHeaders.LABEL),
            schema.classes(),
            header(LabelledHeaders.EVENT_TIME),
            schema.importance(),
            EventTimeUnit.MS,
            schema.minTimeMs(),
            schema.columns(),
            schema.synonyms(),
            schema.envelope(),
            false,
            null),
        events.maxFutureMs(),
        events.maxBytes(),
        events.lost(),
        events.schemas(),
        true,
        events.recentLabels());
  }

  private static String header(String name) {
    return FieldPath.parse("header:" + name).text();
  }
}
