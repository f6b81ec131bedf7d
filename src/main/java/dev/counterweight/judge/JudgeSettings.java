package dev.counterweight.judge;

import dev.counterweight.judging.JudgingRules;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.OwnReading;
import dev.counterweight.streams.PolledPositions;
import dev.counterweight.streams.TaskIdentity;
import dev.counterweight.streams.TopicEnds;
import java.util.List;

/**
 * What all tasks judge by.
 *
 * @param names of the job's topics
 * @param classes in class order
 * @param scores the topic of scores as it is
 * @param labelled the topic of labelled events as it is
 * @param routed whether labels are written again, into the partitions that their events stand in
 * @param scoreOffsets where the scores begin, and what is committed of them
 * @param labelOffsets the same of the labelled events
 * @param routedOffsets the same of the topic that labels are written into
 * @param ends where the labelled events end
 * @param polled how far this process's consumers are
 */
record JudgeSettings(
    JobTopics names,
    List<String> classes,
    JudgingRules rules,
    TopicSetup.Identity scores,
    TopicSetup.Identity labelled,
    boolean routed,
    InputOffsets scoreOffsets,
    InputOffsets labelOffsets,
    InputOffsets routedOffsets,
    TopicEnds ends,
    PolledPositions polled,
    OwnReading own,
    JudgeMeters metrics) {

  TaskIdentity identity() {
    return new TaskIdentity(
        List.of(
            new TaskIdentity.Topic("scores", scores.stream()),
            new TaskIdentity.Topic("labelled events", labelled.stream())),
        classes);
  }
}
