package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.ServedScore.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** What scorers have committed, as it comes: scores and dead letters, by their events' places. */
final class ScoresLog implements AutoCloseable {
  private final JobTopics names;
  private final Consumer<byte[], byte[]> consumer;
  private final Set<Place> answered = new HashSet<>();
  private final List<Place> twice = new ArrayList<>();
  private final Set<String> checkpoints = new HashSet<>();
  private long letters;
  private long records;

  ScoresLog(KafkaClients clients, JobTopics names, int partitions) {
    this.names = names;
    this.consumer = clients.consumer("log", Map.of());
    List<TopicPartition> all = new ArrayList<>();
    all.add(new TopicPartition(names.deadLetters(), 0));
    for (int p = 0; p < partitions; p++) {
      all.add(new TopicPartition(names.scores(), p));
    }
    consumer.assign(all);
    consumer.seekToBeginning(all);
  }

  /** Reads what has come; how many records there were so far. */
  long read(Duration wait) {
    long before;
    do {
      before = records;
      consumer.poll(wait).forEach(this::take);
    } while (records > before);
    return records;
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    records++;
    Place place;
    if (record.topic().equals(names.scores())) {
      ServedScore score = ServedScore.parse(record.value());
      place = Objects.requireNonNull(score.place());
      assertThat(place.partition()).isEqualTo(record.partition());
      checkpoints.add(score.checkpoint());
    } else {
      letters++;
      place =
          new Place(
              (int) number(record, LetterHeaders.PARTITION), number(record, LetterHeaders.OFFSET));
    }
    if (!answered.add(place)) {
      twice.add(place);
    }
  }

  private static long number(ConsumerRecord<byte[], byte[]> record, String header) {
    return Long.parseLong(new String(record.headers().lastHeader(header).value(), UTF_8));
  }

  /** The checkpoints that scores name. */
  Set<String> checkpoints() {
    return checkpoints;
  }

  long letters() {
    return letters;
  }

  /** Each committed event has one score, or one dead letter, and nothing else has any. */
  void assertEachOnce(KafkaClients clients) {
    Set<Place> committed = new HashSet<>();
    WholeTopic.forEach(
        clients,
        names.events(),
        event -> committed.add(new Place(event.partition(), event.offset())));
    assertThat(twice).as("answered twice").isEmpty();
    assertThat(answered.size()).isEqualTo(committed.size());
    committed.removeAll(answered);
    assertThat(committed).as("not answered").isEmpty();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
