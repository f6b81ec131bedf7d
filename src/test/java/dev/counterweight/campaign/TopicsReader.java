package dev.counterweight.campaign;

import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.campaign.Observed.Batch;
import dev.counterweight.campaign.Observed.Joined;
import dev.counterweight.campaign.Observed.Letter;
import dev.counterweight.campaign.Observed.Score;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.letters.DeadLetter;
import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.SnapshotJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

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
    try (Consumer<byte[], byte[]> consumer = clients.consumer("campaign", Map.of())) {
      return read(consumer, scope);
    }
  }

  private Observed read(Consumer<byte[], byte[]> consumer, Observed.Scope scope) {
    List<Place> events = new ArrayList<>();
    SortedMap<Integer, Long> ends =
        each(consumer, config.sources().get(0).topic(), TopicsReader::place, events);
    List<Joined> joined = new ArrayList<>();
    if (config.labels() != null) {
      ends = each(consumer, config.topics().labelled(), this::joined, joined);
    }
    JobTopics topics = config.topics();
    return new Observed(
        config,
        scope,
        Set.copyOf(events),
        ends,
        joined,
        all(consumer, topics.classWeights(), r -> SnapshotJson.read(r.value())),
        all(consumer, topics.batches(), TopicsReader::batch),
        announcements(consumer),
        all(consumer, topics.scores(), r -> new Score(r.partition(), ServedScore.parse(r.value()))),
        all(consumer, topics.deadLetters(), TopicsReader::letter),
        all(consumer, topics.metrics(), r -> TrainerReport.read(r.value())),
        List.of());
  }

  private List<Announcement> announcements(Consumer<byte[], byte[]> consumer) {
    return all(consumer, config.topics().checkpoints(), Function.identity()).stream()
        .filter(record -> Announcement.isKey(record.key()))
        .map(record -> Announcement.parse(record.value()))
        .toList();
  }

  private static <T> List<T> all(
      Consumer<byte[], byte[]> consumer,
      String topic,
      Function<ConsumerRecord<byte[], byte[]>, T> decoder) {
    List<T> all = new ArrayList<>();
    each(consumer, topic, decoder, all);
    return all;
  }

  private static <T> SortedMap<Integer, Long> each(
      Consumer<byte[], byte[]> consumer,
      String topic,
      Function<ConsumerRecord<byte[], byte[]>, T> decoder,
      List<T> into) {
    return WholeTopic.forEach(consumer, topic, record -> into.add(decoder.apply(record)));
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
