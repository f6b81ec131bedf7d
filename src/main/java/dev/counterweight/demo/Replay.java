package dev.counterweight.demo;

import dev.counterweight.config.RegistryConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;

/**
 * Publishes a CSV file, row by row and in order, into a topic: once each row, in bounded memory,
 * waiting for the broker's word on every record. The whole file is read and checked before anything
 * is published, and what its columns hold is found by that, unless it is a pipe, which can be read
 * only once. Keys are row numbers from 0, so that rows spread over the partitions; timestamps are
 * the time of publishing. Labels may go to a topic of their own, later by a delay: then all times
 * are earlier by the longest delay, so that no label is of the future.
 *
 * <p>{@link #run} once, by one thread; {@link #stop} from any.
 */
public final class Replay {
  private static final Duration TOPIC_TIMEOUT = Duration.ofSeconds(20);
  private static final long REPORT_NS = TimeUnit.MILLISECONDS.toNanos(100);
  static final Map<String, Object> PRODUCER =
      Map.of(
          ProducerConfig.LINGER_MS_CONFIG, 10,
          ProducerConfig.BATCH_SIZE_CONFIG, 64 * 1024,
          ProducerConfig.BUFFER_MEMORY_CONFIG, 16L * 1024 * 1024,
          // On a topic just created, a first batch that finds no leader yet must not be overtaken:
          // the broker would take the second for the start of the sequence and refuse the first.
          ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1,
          ProducerConfig.MAX_BLOCK_MS_CONFIG, 30_000,
          ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000,
          ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 30_000);

  /**
   * What to publish, where and how.
   *
   * @param file a CSV file with a header line, gzipped or not
   * @param features the columns that are features, in order; empty for all but the label
   * @param label the column that holds the class
   * @param classes the labels allowed, in class order; empty allows any, but float32 needs them
   * @param topic created if absent
   * @param partitions of the topic if it is created
   * @param eventsPerSecond pace; 0 for as fast as the broker takes them
   * @param delimiter between columns
   * @param fromLine line of the file at which the first row to publish begins; 0 for the first row
   * @param types what columns hold, by name; that of others is found, over the whole file
   * @param registry where the events' schema is registered, for frames; null for plain values
   * @param schemaOut where the schema of plain values is written; null for nowhere
   * @param apart how labels are published apart; null for labels that stand in their events
   */
  public record Options(
      Path file,
      List<String> features,
      String label,
      List<String> classes,
      String topic,
      int partitions,
      EventFormat format,
      double eventsPerSecond,
      char delimiter,
      long fromLine,
      Map<String, ColumnType> types,
      @Nullable RegistryConfig registry,
      @Nullable Path schemaOut,
      @Nullable LabelsApart apart) {
    public Options {
      features = List.copyOf(features);
      classes = List.copyOf(classes);
      types = Map.copyOf(types);
    }

    /** A comma between columns; all rows, whose labels stand in them. */
    public Options(
        Path file,
        List<String> features,
        String label,
        List<String> classes,
        String topic,
        int partitions,
        EventFormat format,
        double eventsPerSecond) {
      this(
          file,
          features,
          label,
          classes,
          topic,
          partitions,
          format,
          eventsPerSecond,
          ',',
          0,
          Map.of(),
          null,
          null,
          null);
    }
  }

  /**
   * How far the replay has come.
   *
   * @param published records the broker has confirmed
   * @param fractionRead share of the file read, from 0 to 1
   */
  public record Progress(long published, double fractionRead) {}

  /** Told by the replaying thread some ten times a second, and once at the end. */
  public interface Listener {
    void progressed(Progress progress);
  }

  /**
   * What was published: all rows, or those before the stop.
   *
   * @param counts rows of each label
   * @param nextLine line of the first row not published, after a stop; 0 if all are
   */
  public record Result(long published, SortedMap<String, Long> counts, long nextLine) {}

  private final Options options;
  private final KafkaClients clients;
  private final String bootstrapServers;
  private final InstantSource clock;
  private final Listener listener;
  private volatile boolean stopped;

  public Replay(
      Options options,
      KafkaClients clients,
      String bootstrapServers,
      InstantSource clock,
      Listener listener) {
    this.options = options;
    this.clients = clients;
    this.bootstrapServers = bootstrapServers;
    this.clock = clock;
    this.listener = listener;
  }

  /** Ends {@link #run} soon, after what was sent is confirmed. */
  public void stop() {
    stopped = true;
  }

  /**
   * Publishes the file.
   *
   * @throws FailureException if the file is missing or a row is wrong, and nothing is published; or
   *     if the broker does not answer or refuses a record, with the line to go on from
   */
  public Result run() {
    if (options.format() == EventFormat.FLOAT32 && options.classes().isEmpty()) {
      throw new FailureException(
          "format float32 writes the class index: the labels must be given in class order");
    }
    PublishedSchema.check(options);
    Optional<List<ColumnType>> found =
        Files.isRegularFile(options.file()) ? Optional.of(check()) : Optional.empty();
    try (CsvTable table = CsvTable.open(options.file(), options.delimiter())) {
      EventRows rows = new EventRows(table, options);
      List<ColumnType> types = found.orElseGet(rows::declaredTypes);
      RowFormat format = PublishedSchema.publish(options, rows.format(types));
      ensureTopics();
      try (Producer<byte[], byte[]> producer = clients.producer("replay", PRODUCER)) {
        return publish(
            table,
            row -> format.encode(rows.fields(row, types)),
            rows,
            new ReplayOutput(options, bootstrapServers, producer));
      }
    }
  }

  /** Reads all rows, and finds what their columns hold. */
  private List<ColumnType> check() {
    try (CsvTable table = CsvTable.open(options.file(), options.delimiter())) {
      EventRows rows = new EventRows(table, options);
      ColumnTypes types = rows.types();
      boolean any = false;
      for (var row = table.next(); row.isPresent() && !stopped; row = table.next()) {
        rows.label(row.get());
        types.accept(row.get());
        any |= row.get().line() >= options.fromLine();
      }
      if (!any && !stopped) {
        throw new FailureException(
            options.fromLine() == 0
                ? options.file() + " has no rows"
                : "%s has no row from line %d on".formatted(options.file(), options.fromLine()));
      }
      List<ColumnType> found = types.found();
      rows.format(found); // refuses what the format cannot carry
      return found;
    } catch (FailureException e) {
      throw new FailureException(e.getMessage() + ". Nothing was published", e);
    }
  }

  private void ensureTopics() {
    try (Admin admin = clients.admin("replay")) {
      TopicSetup topics = new TopicSetup(admin, TOPIC_TIMEOUT, bootstrapServers);
      LabelsApart apart = options.apart();
      if (apart == null) {
        ensure(topics, options.topic(), options.partitions(), Map.of());
        return;
      }
      // Times that are earlier by the delay must not make records that are deleted the sooner.
      long keptMs = Duration.ofDays(7).toMillis() + apart.mostDelayMs();
      Map<String, String> settings = Map.of("retention.ms", Long.toString(keptMs));
      int partitions = ensure(topics, options.topic(), options.partitions(), settings);
      ensure(topics, apart.topic(), partitions, settings);
    }
  }

  /** How many partitions a topic has, which is created if it is absent. */
  private static int ensure(
      TopicSetup topics, String topic, int partitions, Map<String, String> settings) {
    Optional<TopicSetup.Identity> found = topics.find(topic);
    if (found.isEmpty()) {
      topics.create(topic, partitions, settings);
    }
    return found.map(TopicSetup.Identity::partitions).orElse(partitions);
  }

  private Result publish(
      CsvTable table, Function<CsvTable.Row, byte[]> values, EventRows rows, ReplayOutput output) {
    SortedMap<String, Long> counts = new TreeMap<>();
    ReplayPace pace = new ReplayPace(options.eventsPerSecond(), () -> stopped);
    LabelsApart apart = options.apart();
    LaterLabels later = apart == null ? null : new LaterLabels(apart, options.label());
    long earlierMs = apart == null ? 0 : apart.mostDelayMs();
    long reportedNs = System.nanoTime();
    long row = 0;
    long sent = 0;
    long nextLine = 0;
    while (true) {
      Optional<CsvTable.Row> next = table.next();
      nextLine = next.map(CsvTable.Row::line).orElse(0L);
      if (stopped || next.isEmpty()) {
        break;
      }
      if (nextLine < options.fromLine()) {
        row++;
        continue;
      }
      String label = rows.label(next.get());
      byte[] value = values.apply(next.get());
      if (!pace.await(sent)) {
        break;
      }
      long eventMs = clock.millis() - earlierMs;
      sendLabels(later, eventMs, output);
      output.event(row, nextLine, eventMs, value);
      if (later != null) {
        later.hold(row, eventMs, label);
      }
      row++;
      sent++;
      counts.merge(label, 1L, Long::sum);
      if (System.nanoTime() - reportedNs > REPORT_NS) {
        reportedNs = System.nanoTime();
        listener.progressed(new Progress(output.confirmed(), table.fractionRead()));
      }
    }
    // Of a stopped replay too: every event that is there gets its label.
    sendLabels(later, Long.MAX_VALUE, output);
    output.flush();
    listener.progressed(new Progress(output.confirmed(), table.fractionRead()));
    return new Result(sent, counts, nextLine);
  }

  /** Publishes the labels whose time has come. */
  private void sendLabels(@Nullable LaterLabels later, long nowMs, ReplayOutput output) {
    LabelsApart apart = options.apart();
    if (later == null || apart == null) {
      return;
    }
    for (var due = later.due(nowMs); due.isPresent(); due = later.due(nowMs)) {
      LaterLabels.Held label = due.get();
      output.label(apart.topic(), label.row(), label.timeMs(), later.value(label));
    }
  }
}
