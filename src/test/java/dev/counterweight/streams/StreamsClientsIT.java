package dev.counterweight.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.WholeTopic;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class StreamsClientsIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  /** The first of the second transaction: 0 to 2 and a marker are before it. */
  private static final long SECOND = 4;

  /** Some commit intervals. */
  private static final int POLLS_WITHOUT_RECORDS = 20;

  private static final int SESSION_MS = 6_000;

  private static final String ZOMBIE = "zombie";

  /** It is out of the group when it has been away for longer. */
  private static final int MAX_POLL_MS = 1_500;

  @TempDir Path folder;

  private final String in = SharedBroker.createTopic(SharedBroker.uniqueName("in"), 2);
  private final String out = SharedBroker.createTopic(SharedBroker.uniqueName("out"), 1);
  private final String app = SharedBroker.uniqueName("copy");

  @Test
  void whatWasPolledBeforeACommitTimedOutIsPolledAgainByTheTaskAfterIt() throws Exception {
    send("a", "b", "c");
    send("d", "e", "f");
    TimingOut clients = new TimingOut(false);
    try (KafkaStreams streams = start(clients)) {
      await().atMost(SOON).until(clients.timedOut::get);
      send("end");
      await().atMost(SOON).until(() -> copied().contains("end"));
    }
    assertThat(copied()).containsExactly("a", "b", "c", "d", "e", "f", "end");
  }

  @Test
  void noOffsetIsCommittedOfWhatIsToBePolledAgain() throws Exception {
    send("a", "b", "c");
    send("d", "e", "f");
    TimingOut clients = new TimingOut(true);
    KafkaStreams timedOut = start(clients);
    await().atMost(SOON).until(() -> clients.held.get() >= POLLS_WITHOUT_RECORDS);
    timedOut.close(CloseOptions.groupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP));
    assertThat(committed()).isEqualTo(SECOND);

    try (KafkaStreams next = start(clients())) {
      send("end");
      await().atMost(SOON).until(() -> copied().contains("end"));
    }
    assertThat(copied()).containsExactly("a", "b", "c", "d", "e", "f", "end");
  }

  @Test
  void aCommitThatTimedOutGoesOnWithOffsetsOfOtherPartitionsKnown() throws Exception {
    CutShort clients = new CutShort(new TopicPartition(in, 0));
    try (KafkaStreams streams = start(clients)) {
      send(1, "a");
      await().atMost(SOON).until(() -> committed(1) > 0);
      send(0, "b");
      await().atMost(SOON).until(clients.timedOut::get);
      send(0, "end");
      await()
          .atMost(SOON)
          .until(() -> !streams.state().isRunningOrRebalancing() || copied().contains("end"));
    }
    assertThat(copied()).containsExactly("a", "b", "end");
  }

  @Test
  void whatTheClockAloneWroteIsNotCommittedOnceTheTaskIsAnothers() throws Exception {
    send("a");
    KafkaStreams before = start("before", clients(), holding(() -> false));
    await().atMost(SOON).until(() -> committed() > 0);
    before.close(CloseOptions.groupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP));

    CountDownLatch stalled = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    BooleanSupplier stalls =
        () -> {
          stalled.countDown();
          awaitOpen(goesOn);
          return true;
        };
    try (KafkaStreams zombie = start(ZOMBIE, clients(), holding(stalls))) {
      assertThat(stalled.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      try (KafkaStreams owner = start("owner", clients(), holding(() -> true))) {
        await().atMost(SOON).until(() -> copied().contains("a"));
        goesOn.countDown();
        await().atMost(SOON).until(() -> members() == 2); // it has polled again
        assertThat(copied()).containsExactly("a");
      } finally {
        goesOn.countDown();
      }
    }
  }

  @Test
  void norIsItWhereNothingWasCommittedBefore() throws Exception {
    CountDownLatch stalled = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    AtomicBoolean ticked = new AtomicBoolean(); // what it is given after that is its own
    BooleanSupplier stalls =
        () -> {
          stalled.countDown();
          awaitOpen(goesOn);
          return !ticked.getAndSet(true);
        };
    try (KafkaStreams zombie = start(ZOMBIE, clients(), topology(() -> new Tick(stalls)))) {
      assertThat(stalled.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      try (KafkaStreams owner = start("owner", clients(), copying())) {
        send("a");
        await().atMost(SOON).until(() -> copied().contains("a"));
        goesOn.countDown();
        await().atMost(SOON).until(() -> members() == 2); // it has polled again
        assertThat(copied()).containsExactly("a");
      } finally {
        goesOn.countDown();
      }
    }
  }

  @Test
  void theClockSetsNothingBackOfWhatAnotherHasNow() throws Exception {
    send(0, "a");
    send(1, "b");
    KafkaStreams taken = start("before", clients(), ticking());
    await().atMost(SOON).until(() -> committed(0) > 0 && committed(1) > 0);
    taken.close(CloseOptions.groupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP));
    StreamsClients clients = clients();
    try (KafkaStreams first = start("first", clients, ticking())) {
      await().atMost(SOON).until(() -> clients.commits() > 0);
      try (KafkaStreams second = start("second", clients(), copying())) {
        await().atMost(SOON).until(() -> tasks(first) == 1 && tasks(second) == 1);
        int moved = partition(second);
        long before = committed(moved);
        send(moved, "c");
        await().atMost(SOON).until(() -> copied().contains("c"));
        long ticked = clients.commits();
        await().atMost(SOON).until(() -> clients.commits() > ticked + 5);
        assertThat(committed(moved)).isGreaterThan(before);
      }
    }
  }

  private static int tasks(KafkaStreams streams) {
    return streams.metadataForLocalThreads().stream().mapToInt(t -> t.activeTasks().size()).sum();
  }

  private static int partition(KafkaStreams streams) {
    return streams.metadataForLocalThreads().stream()
        .flatMap(thread -> thread.activeTasks().stream())
        .mapToInt(task -> task.taskId().partition())
        .findFirst()
        .orElseThrow();
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private KafkaStreams start(KafkaClientSupplier clients) {
    return start("copy", clients, copying());
  }

  private Topology copying() {
    return topology(Copy::new);
  }

  /** Takes records in, and writes something whenever the clock ticks. */
  private Topology ticking() {
    return topology(() -> new Tick(() -> true));
  }

  private Topology topology(ProcessorSupplier<byte[], byte[], byte[], byte[]> work) {
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    ByteArraySerializer out = new ByteArraySerializer();
    return new Topology()
        .addSource(AutoOffsetReset.earliest(), "in", bytes, bytes, in)
        .addProcessor("work", work, "in")
        .addSink("out", this.out, out, out, "work");
  }

  /** Holds records until the clock has them copied. */
  private Topology holding(BooleanSupplier due) {
    return topology(() -> new Hold(due))
        .addStateStore(
            Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(Hold.STORE), Serdes.ByteArray(), Serdes.ByteArray()),
            "work");
  }

  private KafkaStreams start(String instance, KafkaClientSupplier clients, Topology topology) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, app);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, SharedBroker.bootstrapServers());
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve(instance).toString());
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 20);
    // A member that closes stays in its group until then, and the others wait for it.
    settings.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), SESSION_MS);
    if (instance.equals(ZOMBIE)) {
      settings.put(
          StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG), MAX_POLL_MS);
    }
    KafkaStreams streams = new KafkaStreams(topology, settings, clients);
    streams.start();
    return streams;
  }

  /** Copies records, and asks for a commit after each. */
  private static final class Copy implements Processor<byte[], byte[], byte[], byte[]> {
    private @Nullable ProcessorContext<byte[], byte[]> context;

    @Override
    public void init(ProcessorContext<byte[], byte[]> of) {
      context = of;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      ProcessorContext<byte[], byte[]> to = Objects.requireNonNull(context);
      to.forward(record);
      to.commit();
    }
  }

  private static final class Tick implements Processor<byte[], byte[], byte[], byte[]> {
    private final BooleanSupplier due;

    Tick(BooleanSupplier due) {
      this.due = due;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
      byte[] tick = "tick".getBytes(UTF_8);
      context.schedule(
          Duration.ofMillis(20),
          PunctuationType.WALL_CLOCK_TIME,
          nowMs -> {
            if (due.getAsBoolean()) {
              context.forward(new Record<>(tick, tick, nowMs));
            }
          });
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      // that it came moves an offset
    }
  }

  /** Keeps what comes, and forwards all of it at a time of the clock. */
  private static final class Hold implements Processor<byte[], byte[], byte[], byte[]> {
    static final String STORE = "held";
    private final BooleanSupplier due;
    private @Nullable KeyValueStore<byte[], byte[]> held;

    Hold(BooleanSupplier due) {
      this.due = due;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
      KeyValueStore<byte[], byte[]> store = context.getStateStore(STORE);
      context.schedule(
          Duration.ofMillis(20),
          PunctuationType.WALL_CLOCK_TIME,
          nowMs -> {
            if (due.getAsBoolean()) {
              forwardAll(store, context, nowMs);
            }
          });
      held = store;
    }

    private static void forwardAll(
        KeyValueStore<byte[], byte[]> store, ProcessorContext<byte[], byte[]> to, long nowMs) {
      List<byte[]> all = new ArrayList<>();
      try (KeyValueIterator<byte[], byte[]> rows = store.all()) {
        rows.forEachRemaining(row -> all.add(row.key));
      }
      for (byte[] one : all) {
        to.forward(new Record<>(one, one, nowMs));
        store.delete(one);
      }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      Objects.requireNonNull(held).put(record.value(), record.value());
    }
  }

  /**
   * Clients of which the commit times out that ends between the two transactions, the second being
   * polled: a further one goes through.
   */
  private static final class TimingOut extends TroubledClients {
    private final AtomicBoolean due = new AtomicBoolean();
    private final AtomicBoolean timedOut = new AtomicBoolean();
    private final AtomicInteger held = new AtomicInteger();
    private final boolean holds;

    /**
     * @param holds whether nothing is polled from then on, as where a partition has no leader yet
     */
    TimingOut(boolean holds) {
      this.holds = holds;
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
      return around(
          Consumer.class,
          clients.getConsumer(config),
          (name, arguments) -> {
            if (!holds || !timedOut.get() || !name.equals("poll")) {
              return null;
            }
            held.incrementAndGet();
            LockSupport.parkNanos(10_000_000);
            return ConsumerRecords.empty();
          });
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
      return around(
          Producer.class,
          clients.getProducer(config),
          (name, arguments) -> {
            if (name.equals("sendOffsetsToTransaction")) {
              due.set(!timedOut.get() && arguments[0].toString().contains("offset=" + SECOND));
            }
            if (name.equals("commitTransaction") && due.getAndSet(false)) {
              timedOut.set(true);
              throw new TimeoutException("made up");
            }
            return null;
          });
    }
  }

  /**
   * Clients whose first commit that moves a partition's offset is not awaited: the producer is as
   * after a time-out, and demands that the commit is tried again before anything else.
   */
  private static final class CutShort extends TroubledClients {
    private final TopicPartition of;
    private final AtomicBoolean due = new AtomicBoolean();
    private final AtomicBoolean timedOut = new AtomicBoolean();

    CutShort(TopicPartition of) {
      this.of = of;
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
      Producer<byte[], byte[]> producer = clients.getProducer(config);
      return around(
          Producer.class,
          producer,
          (name, arguments) -> {
            if (name.equals("sendOffsetsToTransaction")) {
              due.set(!timedOut.get() && ((Map<?, ?>) arguments[0]).containsKey(of));
            }
            if (name.equals("commitTransaction") && due.getAndSet(false)) {
              timedOut.set(true);
              Thread.currentThread().interrupt();
              try {
                producer.commitTransaction();
              } catch (InterruptException e) {
                throw new TimeoutException("cut short", e);
              } finally {
                Thread.interrupted();
              }
            }
            return null;
          });
    }
  }

  /** Clients as a topology has them, for one of which calls are tampered with. */
  private abstract static class TroubledClients implements KafkaClientSupplier {
    final StreamsClients clients = clients();

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
      return clients.getConsumer(config);
    }

    @Override
    public Admin getAdmin(Map<String, Object> config) {
      return clients.getAdmin(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
      return clients.getRestoreConsumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
      return clients.getGlobalConsumer(config);
    }
  }

  /** What is called before a client's method; the method is left out if this returns something. */
  private interface Before {
    @Nullable Object call(String method, Object[] arguments);
  }

  @SuppressWarnings("unchecked")
  private static <T> T around(Class<?> type, T client, Before before) {
    return (T)
        Proxy.newProxyInstance(
            StreamsClientsIT.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Object instead = before.call(method.getName(), arguments);
              if (instead != null) {
                return instead;
              }
              try {
                return method.invoke(client, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static StreamsClients clients() {
    Intake intake =
        new Intake() {
          @Override
          public Deserializer<byte[]> keys() {
            return new ByteArrayDeserializer();
          }

          @Override
          public Deserializer<byte[]> values() {
            return new ByteArrayDeserializer();
          }
        };
    return new StreamsClients(
        (schemas, budget) -> intake,
        id -> {
          throw new IllegalStateException("no schemas here");
        },
        (partition, position) -> true);
  }

  private void send(String... values) {
    send(0, values);
  }

  private void send(int partition, String... values) {
    try (KafkaProducer<byte[], byte[]> producer =
        SharedBroker.producer(Map.of("transactional.id", app + "-sender"))) {
      producer.initTransactions();
      producer.beginTransaction();
      for (String value : values) {
        producer.send(new ProducerRecord<>(in, partition, null, value.getBytes(UTF_8)));
      }
      producer.commitTransaction();
    }
  }

  private long committed() {
    return committed(0);
  }

  /** -1 if nothing is. */
  private long committed(int partition) {
    try (Admin admin = SharedBroker.admin()) {
      OffsetAndMetadata committed =
          admin
              .listConsumerGroupOffsets(app)
              .partitionsToOffsetAndMetadata()
              .get()
              .get(new TopicPartition(in, partition));
      return committed == null ? -1 : committed.offset();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private int members() {
    try (Admin admin = SharedBroker.admin()) {
      return Objects.requireNonNull(admin.describeClassicGroups(List.of(app)).all().get().get(app))
          .members()
          .size();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> copied() {
    List<String> copied = new ArrayList<>();
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            SharedBroker.bootstrapServers(),
            "isolation.level",
            "read_committed");
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
      WholeTopic.forEach(consumer, out, record -> copied.add(new String(record.value(), UTF_8)));
    }
    return copied;
  }
}
