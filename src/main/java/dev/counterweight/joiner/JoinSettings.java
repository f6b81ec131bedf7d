package dev.counterweight.joiner;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.joining.JoinRules;
import dev.counterweight.joining.Side;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.letters.RefusedRecords;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.PolledPositions;
import dev.counterweight.streams.TaskIdentity;
import dev.counterweight.streams.TopicEnds;
import java.util.List;

/**
 * What all tasks join by.
 *
 * @param topics as they are
 * @param offsets where they begin, and what is committed of them
 * @param routing which of them are written again before they are joined, and into how many
 *     partitions
 * @param routedOffsets of the topics that they are written into
 * @param ends where they end
 * @param polled how far this process's consumers are
 * @param ending of this run
 */
record JoinSettings(
    JobTopics names,
    LabelsConfig labels,
    Sides<TopicSetup.Identity> topics,
    Sides<? extends InputOffsets> offsets,
    Routing routing,
    Sides<? extends InputOffsets> routedOffsets,
    TopicEnds ends,
    PolledPositions polled,
    Ending ending,
    OwnJoins own,
    RefusedRecords letters,
    JoinerMeters metrics) {

  EventsConfig of(Side side) {
    return of(labels, side);
  }

  /** How a side is read. */
  static EventsConfig of(LabelsConfig labels, Side side) {
    return side == Side.EVENTS ? labels.events() : labels.labels();
  }

  /** The topic from which the tasks that join have a side. */
  String joinedTopic(Side side) {
    return routing.routes(side) ? Routing.topic(names.groupOf("joiner"), side) : of(side).topic();
  }

  JoinRules rules() {
    return rules(labels);
  }

  /** What the configuration says of waits, corrections and conflicts. */
  static JoinRules rules(LabelsConfig labels) {
    return new JoinRules(
        labels.waitMs(),
        labels.graceMs(),
        labels.correctForMs(),
        labels.missing(),
        labels.conflict(),
        labels.scope());
  }

  TaskIdentity identity() {
    return new TaskIdentity(
        List.of(
            new TaskIdentity.Topic(Side.EVENTS.text(), topics.events().stream()),
            new TaskIdentity.Topic(Side.LABELS.text(), topics.labels().stream())),
        labels.events().schema().classes());
  }
}
