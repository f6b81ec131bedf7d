package dev.counterweight.joiner;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.streams.RequestSize;
import dev.counterweight.streams.TaskStore;
import java.util.List;

/**
 * What the records may take that are written, so that none is refused by a producer or a broker: an
 * event that would be is a dead letter.
 *
 * @param event most bytes of join key, key, headers and value of an event
 * @param letter most bytes of a dead letter
 * @param row that the changelog of the rows must take
 * @param request that a producer must send
 */
record RecordSizes(int event, int letter, int row, int request) {
  private static final int USUAL = 1 << 20;
  private static final int MOST_LETTER = 1 << 20;

  /** What Kafka adds, and what a row has beside its event: labels, times. */
  private static final int AROUND = 4 << 10;

  /** Of what the topics that are there take, and of what the user lets a producer send. */
  static RecordSizes of(
      TopicSetup topics, JobTopics names, KafkaConfig kafka, List<String> classes) {
    int labelled = topics.maxMessageBytes(names.labelled());
    int letters = Math.min(topics.maxMessageBytes(names.deadLetters()), MOST_LETTER);
    String changelog = TaskStore.changelog(names.groupOf("joiner"), JoinerTopology.STORE);
    int row = Math.max(USUAL, labelled);
    if (topics.find(changelog).isPresent()) {
      row = topics.maxMessageBytes(changelog);
    }
    int request = RequestSize.of(kafka, Math.max(Math.max(labelled, row), letters));
    int fits = Math.min(Math.min(labelled, row), request) - AROUND;
    return new RecordSizes(
        Math.max(1, fits - LabelledRecords.added(classes)),
        Math.min(letters, request),
        row,
        request);
  }
}
