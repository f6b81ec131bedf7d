package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import com.sun.net.httpserver.HttpServer;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.config.RegistryConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.RawEvent;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReplayIT {
  private static final String THREE_ROWS =
      "id,amount,speed,label\n1,2.5,-3,no\n2,0,1e2,\"yes, sir\"\n3,4,5,no\n";
  private static final List<String> CLASSES = List.of("no", "yes, sir");
  private static final InstantSource NOW = InstantSource.fixed(Instant.ofEpochMilli(1_700_000L));

  @TempDir Path dir;
  private final String topic = SharedBroker.uniqueName("replay");

  @ParameterizedTest
  @EnumSource(
      value = EventFormat.class,
      names = {"JSON", "CSV", "FLOAT32"})
  void everyRowBecomesOneEventThatTheDecoderReads(EventFormat format) throws Exception {
    Replay.Options options = options(gzipped(THREE_ROWS), List.of("amount", "speed"), format, 0);
    Replay.Result result = replay(options, progress -> {}).run();

    assertThat(result.published()).isEqualTo(3);
    assertThat(result.counts()).containsExactly(entry("no", 2L), entry("yes, sir", 1L));
    List<ConsumerRecord<byte[], byte[]>> records = read(3);
    assertThat(records).extracting(r -> text(r.key())).containsExactly("0", "1", "2");
    assertThat(records).extracting(ConsumerRecord::timestamp).containsOnly(NOW.millis());
    var decoder =
        format.decoder(new EventSchema(List.of("amount", "speed"), "label", CLASSES, null, null));
    float[] features = new float[6];
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      labels.add(
          decoder.head(RawEvent.of(records.get(i).value(), records.get(i).timestamp())).label());
      decoder.features(RawEvent.of(records.get(i).value(), 0), features, i * 2);
    }
    assertThat(labels).containsExactly(0, 1, 0);
    assertThat(features).containsExactly(2.5f, -3, 0, 100, 4, 5);
  }

  @Test
  void allColumnsButTheLabelAreFeaturesAndNumbersStayNumbers() throws Exception {
    replay(options(file(THREE_ROWS), List.of(), EventFormat.JSON, 0), progress -> {}).run();
    assertThat(text(read(3).get(0).value()))
        .isEqualTo("{\"id\":1,\"amount\":2.5,\"speed\":-3,\"label\":\"no\"}");
  }

  @Test
  void aNewTopicHasThePartitionsAskedForAndAnExistingOneIsKept() throws Exception {
    Replay.Options options = options(file(THREE_ROWS), List.of(), EventFormat.CSV, 0);
    replay(options, progress -> {}).run();
    replay(options, progress -> {}).run();
    assertThat(read(6)).hasSize(6);
    try (Consumer<byte[], byte[]> consumer = clients().consumer("test", Map.of())) {
      assertThat(consumer.partitionsFor(topic)).hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = EventFormat.class,
      names = {"JSON", "CSV", "FLOAT32"})
  void labelsApartComeLaterUnderTheKeysOfTheirEvents(EventFormat format) {
    StringBuilder rows = new StringBuilder("x,label\n");
    for (int i = 0; i < 200; i++) {
      rows.append(i).append(i % 3 == 0 ? ",no\n" : ",\"yes, sir\"\n");
    }
    Replay.Options options = options(file(rows.toString()), List.of(), format, 0);
    Replay.Result result = replay(apart(options, 5), progress -> {}).run();

    List<ConsumerRecord<byte[], byte[]>> events = read(topic, 200);
    List<ConsumerRecord<byte[], byte[]>> labels = read(topic + "-labels", 200);
    List<Long> delays = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      assertThat(text(labels.get(i).key())).isEqualTo(text(events.get(i).key())).isEqualTo("" + i);
      assertThat(labels.get(i).partition()).isEqualTo(events.get(i).partition());
      assertThat(text(labels.get(i).value()))
          .isEqualTo(i % 3 == 0 ? "{\"label\":\"no\"}" : "{\"label\":\"yes, sir\"}");
      assertThat(text(events.get(i).value())).doesNotContain("no", "yes", "label");
      delays.add(labels.get(i).timestamp() - events.get(i).timestamp());
    }
    assertThat(events).extracting(ConsumerRecord::timestamp).containsOnly(NOW.millis() - 60_000);
    assertThat(delays).allMatch(delay -> delay >= 1_000 && delay <= 60_000);
    assertThat(delays.stream().distinct()).hasSizeGreaterThan(150);
    assertThat(result.counts()).containsExactly(entry("no", 67L), entry("yes, sir", 133L));
    assertThat(inOrder(topic + "-labels", 200)).isTrue();
  }

  /** Whether the records of each partition stand in the order of their times. */
  private boolean inOrder(String of, int count) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(read(of, count));
    records.sort(
        Comparator.<ConsumerRecord<byte[], byte[]>>comparingInt(ConsumerRecord::partition)
            .thenComparingLong(ConsumerRecord::offset));
    boolean ordered = true;
    for (int i = 1; i < records.size(); i++) {
      ordered &=
          records.get(i).partition() != records.get(i - 1).partition()
              || records.get(i).timestamp() >= records.get(i - 1).timestamp();
    }
    return ordered;
  }

  @Test
  void delaysOfLabelsDependOnSeedAndRowAlone() {
    Path file = file("x,label\n" + "1,no\n".repeat(20));
    Replay.Options options = options(file, List.of(), EventFormat.CSV, 0);
    replay(apart(options, 5), progress -> {}).run();
    replay(apart(with(options, ',', 12), 5), progress -> {}).run();
    List<ConsumerRecord<byte[], byte[]>> labels = read(topic + "-labels", 30);

    Map<String, Set<Long>> times = new TreeMap<>();
    labels.forEach(
        l -> times.computeIfAbsent(text(l.key()), k -> new TreeSet<>()).add(l.timestamp()));
    assertThat(times).hasSize(20).allSatisfy((row, ms) -> assertThat(ms).hasSize(1));
  }

  private static Replay.Options apart(Replay.Options o, long seed) {
    LabelsApart labels = new LabelsApart(o.topic() + "-labels", 1_000, 60_000, seed);
    return changed(o, o.delimiter(), o.fromLine(), null, labels);
  }

  @Test
  void isPacedAndTellsHowFarItIs() {
    List<Replay.Progress> told = new ArrayList<>();
    StringBuilder rows = new StringBuilder("x,label\n");
    for (int i = 0; i < 60; i++) {
      rows.append(i).append(",no\n");
    }
    long startNs = System.nanoTime();
    replay(options(file(rows.toString()), List.of(), EventFormat.CSV, 100), told::add).run();

    // The sixtieth event is due 590 ms after the first.
    assertThat(System.nanoTime() - startNs).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(580));
    assertThat(told).hasSizeGreaterThan(2);
    assertThat(told).isSortedAccordingTo(Comparator.comparingLong(Replay.Progress::published));
    assertThat(told.get(told.size() - 1)).isEqualTo(new Replay.Progress(60, 1));
  }

  @Test
  void stoppedReplayEndsSoonWithWhatItSentConfirmed() {
    Replay[] self = new Replay[1];
    StringBuilder rows = new StringBuilder("x,label\n");
    rows.append("1,no\n".repeat(10_000));
    Replay replay =
        replay(
            options(file(rows.toString()), List.of(), EventFormat.CSV, 50),
            progress -> self[0].stop());
    self[0] = replay;
    long published = replay.run().published();
    assertThat(published).isBetween(1L, 1000L);
    assertThat(read((int) published)).hasSize((int) published);
  }

  @Test
  void wrongInputIsNamedWithItsPlace() {
    Path missing = dir.resolve("nothing.csv");
    assertFails(options(missing, List.of(), EventFormat.JSON, 0), "nothing.csv does not exist");
    assertFails(
        "x,label\n" + "1,no\n".repeat(9) + "\"a\nb\",no\n",
        "line 11: column 'x' is 'a\\u000ab': must be a finite number, as 9 of its 10 fields are;"
            + " --types=x=text takes them as words");
    assertFails("x,label\n1,no\n1,no,3\n", "line 3: 3 columns: the header has 2");
    assertFails("x,label\n1,\"no\n1,no\n", "line 2: a quoted field does not end");
    assertFails("x,label\n1,no\n1,\"no", "line 3: a quoted field does not end");
    assertFails("x,label\n1,maybe\n", "line 2: column 'label' is 'maybe': must be one of no, yes");
    assertFails("x,label\n,\n", "line 2: column 'label' is blank: must name the class");
    assertFails("x,label\nNaN,no\n", "line 2: column 'x' is 'NaN': must be a finite number");
    assertFails("x,label\n1e39,no\n", "line 2: column 'x' is '1e39': must be a finite number");
    assertFails("x,class\n1,no\n", "has no column 'label': its columns are x, class");
    assertFails("x,x,label\n1,1,no\n", "names column 'x' twice");
    assertFails("", "is empty: it needs a header line");
  }

  @Test
  void anAddressThatIsNoneIsNamed() {
    KafkaClients nowhere = new KafkaClients(new KafkaConfig("localhost:x", Map.of()));
    Replay replay =
        new Replay(
            options(file(THREE_ROWS), List.of(), EventFormat.CSV, 0),
            nowhere,
            "localhost:x",
            NOW,
            progress -> {});
    assertThatThrownBy(replay::run)
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("cannot connect to localhost:x: ");
  }

  @Test
  void float32NeedsTheClasses() {
    assertFails(
        new Replay.Options(
            file(THREE_ROWS), List.of(), "label", List.of(), topic, 1, EventFormat.FLOAT32, 0),
        "format float32");
  }

  @Test
  void aFormatThatHasASchemaNeedsAPlaceForItAndOthersHaveNone() {
    assertFails(
        options(file(THREE_ROWS), List.of(), EventFormat.AVRO, 0),
        "format avro is read by a schema: --schema-registry registers it, --schema-out writes it");
    RegistryConfig nowhere =
        new RegistryConfig(URI.create("http://127.0.0.1:1"), Duration.ofSeconds(1));
    assertFails(
        to(nowhere, options(file(THREE_ROWS), List.of(), EventFormat.CSV, 0)),
        "format csv has no schema to register or write");
    assertFails(
        to(nowhere, options(file(THREE_ROWS), List.of(), EventFormat.PROTOBUF, 0)),
        "the schema registry http://127.0.0.1:1 did not register '" + topic + "-value': ");
    assertThat(topicExists()).isFalse();
  }

  @Test
  void aSchemaThatTheRegistryRefusesEndsTheReplayWithItsReason() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/subjects/" + topic + "-value/versions",
        exchange -> {
          byte[] body = "{\"error_code\":409,\"message\":\"is incompatible\"}".getBytes(UTF_8);
          exchange.sendResponseHeaders(409, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
      assertFails(
          to(
              new RegistryConfig(url, Duration.ofSeconds(5)),
              options(file(THREE_ROWS), List.of(), EventFormat.AVRO, 0)),
          "does not take the schema of '" + topic + "-value': is incompatible");
    } finally {
      server.stop(0);
    }
    assertThat(topicExists()).isFalse();
  }

  private static Replay.Options to(RegistryConfig registry, Replay.Options o) {
    return changed(o, ',', 0, registry, null);
  }

  @Test
  void nothingIsPublishedOfAFileWithAWrongRowAnywhere() {
    String rows = "x,label\n" + "1,no\n".repeat(5_000) + "o,no\n";

    assertFails(rows, "line 5002: column 'x' is 'o': must be a finite number, as 5000 of its 5001");
    assertThat(topicExists()).isFalse();
  }

  @Test
  void aFileInLatin1IsRefusedWithLineAndByte() throws Exception {
    Path file = Files.write(dir.resolve("latin1.csv"), resource("latin1-labels.csv"));

    assertFails(
        new Replay.Options(file, List.of(), "label", List.of(), topic, 2, EventFormat.JSON, 0),
        "line 5, byte 10: 0xfc is not UTF-8; convert the file, for example by iconv -f ISO-8859-1");
    assertThat(topicExists()).isFalse();
  }

  @Test
  void otherDelimitersAreReadWhenGivenAndNamedWhenNot() throws Exception {
    Path file = Files.write(dir.resolve("bank.csv"), resource("bank-style.csv"));
    Replay.Options commas =
        new Replay.Options(
            file, List.of(), "y", List.of("no", "yes"), topic, 2, EventFormat.CSV, 0);

    assertFails(commas, "is separated by semicolons, so replay with --delimiter=';'");
    assertThat(replay(with(commas, ';', 0), progress -> {}).run().published()).isEqualTo(60);
    assertThat(text(read(60).get(0).value())).isEqualTo("0.98,-1.39,no");
  }

  @Test
  void aTableWithoutAHeaderIsToldSo() throws Exception {
    Path file = Files.write(dir.resolve("adult.csv"), resource("adult-style.csv"));

    assertFails(
        options(file, List.of(), EventFormat.CSV, 0),
        "has no column 'label': its columns are 0.98, -1.39, <=50K; is that a row of data?");
  }

  @Test
  void aReplayGoesOnFromALine() {
    Replay.Options options = options(file(THREE_ROWS), List.of("speed"), EventFormat.CSV, 0);

    Replay.Result result = replay(with(options, ',', 3), progress -> {}).run();

    assertThat(result.published()).isEqualTo(2);
    assertThat(read(2)).extracting(r -> text(r.key())).containsExactly("1", "2");
    assertFails(with(options, ',', 5), "has no row from line 5 on. Nothing was published");
  }

  @Test
  void blanksAndAByteOrderMarkArePassedOver() {
    Path file = file("\ufeff x, label\n 1 , no \n");

    replay(options(file, List.of(), EventFormat.JSON, 0), progress -> {}).run();

    assertThat(text(read(1).get(0).value())).isEqualTo("{\"x\":1,\"label\":\"no\"}");
  }

  private static Replay.Options with(Replay.Options o, char delimiter, long fromLine) {
    return changed(o, delimiter, fromLine, null, null);
  }

  private static Replay.Options changed(
      Replay.Options o,
      char delimiter,
      long fromLine,
      @Nullable RegistryConfig registry,
      @Nullable LabelsApart apart) {
    return new Replay.Options(
        o.file(),
        o.features(),
        o.label(),
        o.classes(),
        o.topic(),
        o.partitions(),
        o.format(),
        o.eventsPerSecond(),
        delimiter,
        fromLine,
        o.types(),
        registry,
        null,
        apart);
  }

  private static byte[] resource(String name) throws java.io.IOException {
    try (InputStream in = ReplayIT.class.getResourceAsStream("/cases/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  private boolean topicExists() {
    try (Consumer<byte[], byte[]> consumer = clients().consumer("test", Map.of())) {
      return consumer.listTopics().containsKey(topic);
    }
  }

  private void assertFails(String csv, String message) {
    assertFails(options(file(csv), List.of(), EventFormat.JSON, 0), message);
  }

  private void assertFails(Replay.Options options, String message) {
    assertThatThrownBy(() -> replay(options, progress -> {}).run())
        .isInstanceOf(FailureException.class)
        .hasMessageContaining(message);
  }

  private Replay.Options options(
      Path file, List<String> features, EventFormat format, double eventsPerSecond) {
    return new Replay.Options(file, features, "label", CLASSES, topic, 2, format, eventsPerSecond);
  }

  private static Replay replay(Replay.Options options, Replay.Listener listener) {
    return new Replay(options, clients(), SharedBroker.bootstrapServers(), NOW, listener);
  }

  private static KafkaClients clients() {
    return new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
  }

  private Path file(String text) {
    try {
      return Files.writeString(dir.resolve("rows.csv"), text);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Path gzipped(String text) throws Exception {
    Path path = dir.resolve("rows.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(path))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return path;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The topic's records in order of their keys, once there are {@code count}. */
  private List<ConsumerRecord<byte[], byte[]>> read(int count) {
    return read(topic, count);
  }

  private static List<ConsumerRecord<byte[], byte[]>> read(String topic, int count) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (Consumer<byte[], byte[]> consumer = clients().consumer("test", Map.of())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (records.size() < count && System.nanoTime() < deadline) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    records.sort(Comparator.comparingLong(r -> Long.parseLong(text(r.key()))));
    return records;
  }
}
