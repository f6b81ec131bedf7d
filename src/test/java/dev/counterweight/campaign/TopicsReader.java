package dev.counterweight.campaign;

import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.campaign.Observed.Batch;
import dev.counterweight.campaign.Observed.Joined;
import dev.counterweight.campaign.Observed.Letter;
import dev.counterweight.campaign.Observed.Score;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.letters.DeadLetter;
import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Reads a job's topics, committed records alone, each partition up to its end. Not thread-safe. */
final class TopicsReader {
  private final KafkaClients clients;
  private final JobConfig config;
  private final List<String> classes;

  TopicsReader(KafkaClients clients, JobConfig config) {
    this.clients = clients;
    this.config = config;
    this.classes = config.events().schema().classes();
  }

  Observed read(Observed.Scope scope) {
    Set<Place> events = new HashSet<>();
    SortedMap<Integer, Long> ends =
        each(config.sources().get(0).topic(), record -> events.add(place(record)));
    List<Joined> joined = new ArrayList<>();
    if (config.labels() != null) {
      ends = each(config.topics().labelled(), record -> joined.add(joined(record)));
    }
    List<Snapshot> snapshots = new ArrayList<>();
    each(config.topics().classWeights(), r -> snapshots.add(SnapshotJson.read(r.value())));
    List<Batch> batches = new ArrayList<>();
    each(config.topics().batches(), r -> batches.add(batch(r)));
    List<Announcement> announcements = new ArrayList<>();
    each(
        config.topics().checkpoints(),
        r -> {
          if (Announcement.isKey(r.key())) {
            announcements.add(Announcement.parse(r.value()));
          }
        });
    List<Score> scores = new ArrayList<>();
    each(
        config.topics().scores(),
        r -> scores.add(new Score(r.partition(), ServedScore.parse(r.value()))));
    List<Letter> letters = new ArrayList<>();
    each(config.topics().deadLetters(), r -> letters.add(letter(r)));
    List<TrainerReport> reports = new ArrayList<>();
    each(config.topics().metrics(), r -> reports.add(TrainerReport.read(r.value())));
    return new Observed(
        config,
        scope,
        events,
        ends,
        joined,
        snapshots,
        batches,
        announcements,
        scores,
        letters,
        reports,
        List.of());
  }

  private SortedMap<Integer, Long> each(
      String topic, Consumer<ConsumerRecord<byte[], byte[]>> then) {
    SortedMap<Integer, Long> ends = new TreeMap<>();
    for (TopicPartition partition : partitions(topic)) {
      try (TopicTail<ConsumerRecord<byte[], byte[]>> log =
          new TopicTail<>(
              clients.consumer("campaign", Map.of()), partition, Function.identity(), null)) {
        log.seekKept(0);
        long end = log.end();
        for (var next = log.nextBelow(end); next.isPresent(); next = log.nextBelow(end)) {
          then.accept(next.get());
        }
        ends.put(partition.partition(), end);
      }
    }
    return ends;
  }

  private List<TopicPartition> partitions(String topic) {
    try (var consumer = clients.consumer("campaign", Map.of())) {
      List<PartitionInfo> all = consumer.listTopics().getOrDefault(topic, List.of());
      return all.stream()
          .map(PartitionInfo::partition)
          .sorted()
          .map(partition -> new TopicPartition(topic, partition))
          .toList();
    }
  }

  private static Place place(ConsumerRecord<byte[], byte[]> record) {
    return new Place(record.partition(), record.offset());
  }

  private static Batch batch(ConsumerRecord<byte[], byte[]> record) {
    return new Batch(record.offset(), MiniBatchFormat.read(record.value()));
  }

  private Joined joined(ConsumerRecord<byte[], byte[]> record) {
    return new Joined(
        place(record),
        new Place(
            (int) number(record, LabelledHeaders.ORIGIN_PARTITION),
            number(record, LabelledHeaders.ORIGIN_OFFSET)),
        classes.indexOf(text(record, LabelledHeaders.LABEL)),
        LetterHeaders.text(record.headers(), LabelledHeaders.REPLACES)
            .map(classes::indexOf)
            .orElse(-1),
        number(record, LabelledHeaders.EVENT_TIME),
        number(record, LabelledHeaders.WAITED_MS));
  }

  static Letter letter(ConsumerRecord<byte[], byte[]> record) {
    DeadLetter letter = DeadLetter.of(record);
    DeadLetter.Origin origin = letter.origin();
    Optional<String> omitted = LetterHeaders.ofLetter(record.headers(), LetterHeaders.OMITTED);
    return new Letter(
        origin == null ? "" : origin.topic(),
        origin == null ? place(record) : new Place(origin.partition(), origin.offset()),
        record.headers().lastHeader(LetterHeaders.UNSCORED) != null,
        letter.reason(),
        omitted.map(Long::parseLong).orElse(0L));
  }

  private static String text(ConsumerRecord<byte[], byte[]> record, String header) {
    return LetterHeaders.text(record.headers(), header)
        .orElseThrow(
            () -> new IllegalArgumentException(place(record) + " has no header " + header));
  }

  private static long number(ConsumerRecord<byte[], byte[]> record, String header) {
    return Long.parseLong(text(record, header));
  }
}
