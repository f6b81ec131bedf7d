package dev.counterweight.scorer;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.streams.RequestSize;

/**
 * What the records may take that are written, so that none is refused by a producer or a broker: an
 * event whose score would be is a dead letter.
 *
 * @param score most bytes of key, headers and value of a score
 * @param letter most bytes of a dead letter
 * @param request that a producer must send
 */
record ScoreSizes(int score, int letter, int request) {
  private static final int MOST_LETTER = 1 << 20;

  /** What Kafka adds. */
  private static final int AROUND = 1 << 10;

  /** Of what the topics that are there take, and of what the user lets a producer send. */
  static ScoreSizes of(TopicSetup topics, JobTopics names, KafkaConfig kafka) {
    int scores = topics.maxMessageBytes(names.scores());
    int letters = Math.min(topics.maxMessageBytes(names.deadLetters()), MOST_LETTER);
    int request = RequestSize.of(kafka, Math.max(scores, letters));
    return new ScoreSizes(
        Math.max(1, Math.min(scores, request) - AROUND), Math.min(letters, request), request);
  }
}
