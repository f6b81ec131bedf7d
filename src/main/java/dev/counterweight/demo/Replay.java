package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.RegistryConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Publishes a CSV file, row by row and in order, into a topic: once each row, in bounded memory,
 * waiting for the broker's word on every record. The whole file is read and checked before anything
 * is published, and what its columns hold is found by that, unless it is a pipe, which can be read
 * only once. Keys are row numbers from 0, so that rows spread over the partitions; timestamps are
 * the time of publishing.
 *
 * <p>{@link #run} once, by one thread; {@link #stop} from any.
 */
public final class Replay {
  private static final Duration TOPIC_TIMEOUT = Duration.ofSeconds(20);
  private static final long REPORT_NS = TimeUnit.MILLISECONDS.toNanos(100);
  // Behind by more than this, the lost time is given up instead of being made up in a burst.
  private static final long MAX_ARREARS_NS = TimeUnit.SECONDS.toNanos(1);
  private static final Map<String, Object> PRODUCER =
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
      @Nullable Path schemaOut) {
    public Options {
      features = List.copyOf(features);
      classes = List.copyOf(classes);
      types = Map.copyOf(types);
    }

    /** A comma between columns; all rows. */
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
  private final AtomicLong confirmed = new AtomicLong();
  // Row by row, the line on which it begins; as many as the producer holds.
  private final NavigableMap<Long, Long> unconfirmed = new ConcurrentSkipListMap<>();
  private final AtomicReference<@Nullable Exception> refused = new AtomicReference<>();
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
      RowFormat format = rows.format(types);
      PublishedSchema schema = new PublishedSchema(options, format.schema());
      byte[] frame = schema.publish();
      ensureTopic();
      try (Producer<byte[], byte[]> producer = clients.producer("replay", PRODUCER)) {
        return publish(table, new Encoding(rows, types, rows.types(), format, frame), producer);
      }
    }
  }

  /**
   * How rows become values.
   *
   * @param frame what stands in front of each
   */
  private record Encoding(
      EventRows rows, List<ColumnType> types, ColumnTypes rules, RowFormat format, byte[] frame) {
    byte[] value(CsvTable.Row row) {
      byte[] plain = format.encode(rows.fields(row, types, rules));
      if (frame.length == 0) {
        return plain;
      }
      byte[] framed = Arrays.copyOf(frame, frame.length + plain.length);
      System.arraycopy(plain, 0, framed, frame.length, plain.length);
      return framed;
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

  private void ensureTopic() {
    try (Admin admin = clients.admin("replay")) {
      TopicSetup topics = new TopicSetup(admin, TOPIC_TIMEOUT, bootstrapServers);
      if (topics.find(options.topic()).isEmpty()) {
        topics.create(options.topic(), options.partitions(), Map.of());
      }
    }
  }

  private Result publish(CsvTable table, Encoding encoding, Producer<byte[], byte[]> producer) {
    SortedMap<String, Long> counts = new TreeMap<>();
    Pace pace = new Pace(options.eventsPerSecond());
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
      String label = encoding.rows().label(next.get());
      byte[] value = encoding.value(next.get());
      if (!pace.await(sent)) {
        break;
      }
      send(producer, row++, nextLine, value);
      sent++;
      counts.merge(label, 1L, Long::sum);
      if (System.nanoTime() - reportedNs > REPORT_NS) {
        reportedNs = System.nanoTime();
        listener.progressed(new Progress(confirmed.get(), table.fractionRead()));
      }
    }
    producer.flush();
    failIfRefused();
    listener.progressed(new Progress(confirmed.get(), table.fractionRead()));
    return new Result(sent, counts, nextLine);
  }

  private void send(Producer<byte[], byte[]> producer, long row, long line, byte[] value) {
    failIfRefused();
    unconfirmed.put(row, line);
    byte[] key = Long.toString(row).getBytes(UTF_8);
    var event = new ProducerRecord<>(options.topic(), null, clock.millis(), key, value);
    try {
      // The outcome comes to the callback; waiting for it here would send one record at a time.
      var unused =
          producer.send(
              event,
              (metadata, e) -> {
                if (e == null) {
                  confirmed.incrementAndGet();
                  unconfirmed.remove(row);
                } else {
                  refused.compareAndSet(null, e);
                }
              });
    } catch (RuntimeException e) {
      throw undelivered(e);
    }
  }

  private void failIfRefused() {
    Exception e = refused.get();
    if (e != null) {
      throw undelivered(e);
    }
  }

  private FailureException undelivered(Exception e) {
    return new FailureException(
        "topic '%s' on %s took %d events, then none: %s; all rows before line %d are there, so go on with --from-line=%d"
            .formatted(
                options.topic(),
                bootstrapServers,
                confirmed.get(),
                e.getMessage(),
                firstUnconfirmed(),
                firstUnconfirmed()),
        e);
  }

  private long firstUnconfirmed() {
    Map.Entry<Long, Long> first = unconfirmed.firstEntry();
    return first == null ? options.fromLine() : first.getValue();
  }

  /** Lets event number i go no sooner than i / rate seconds after the first. */
  private final class Pace {
    private final double nsPerEvent;
    private long startNs = System.nanoTime();

    Pace(double eventsPerSecond) {
      this.nsPerEvent = eventsPerSecond > 0 ? 1e9 / eventsPerSecond : 0;
    }

    /** False if the replay was stopped while waiting. */
    boolean await(long event) {
      if (nsPerEvent == 0) {
        return true;
      }
      long dueNs = (long) (event * nsPerEvent);
      long aheadNs = startNs + dueNs - System.nanoTime();
      if (aheadNs < -MAX_ARREARS_NS) {
        startNs = System.nanoTime() - dueNs;
      }
      while (aheadNs > 0 && !stopped) {
        LockSupport.parkNanos(Math.min(aheadNs, REPORT_NS));
        if (Thread.currentThread().isInterrupted()) {
          stopped = true;
        }
        aheadNs = startNs + dueNs - System.nanoTime();
      }
      return !stopped;
    }
  }
}
