package dev.counterweight.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.ModelLoader;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.ServedModel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class CheckpointFollowerIT {
  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("follow");
  private final Map<String, String> values = new HashMap<>();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private MadeCheckpoints made;
  private @Nullable CheckpointFollower follower;
  private Producer<byte[], byte[]> producer;

  @BeforeEach
  void make() {
    values.put("job", job);
    values.put("bootstrap.servers", SharedBroker.bootstrapServers());
    values.put("events.topic", job + "-events");
    values.put("events.label", "label");
    values.put("events.classes", "ok,fraud");
    values.put("events.features", "amount");
    values.put("checkpoint.dir", folder.toString());
    made = new MadeCheckpoints(folder, job);
    try (Admin admin = SharedBroker.admin()) {
      new TopicSetup(admin, Duration.ofSeconds(30), SharedBroker.bootstrapServers())
          .ensure(config().topics(), List.of(config().topics().checkpoints()));
    }
    producer = clients().producer("test", Map.of());
  }

  @AfterEach
  void close() {
    producer.close();
    if (follower != null) {
      follower.close();
    }
  }

  private JobConfig config() {
    return JobConfigLoader.load(values);
  }

  private KafkaClients clients() {
    return new KafkaClients(config().kafka());
  }

  private CheckpointFollower start() {
    return start(ServedCheckpoint::of);
  }

  private CheckpointFollower start(ModelLoader loader) {
    follower =
        new CheckpointFollower(config(), clients(), loader, registry, Clock.systemUTC()).start();
    return follower;
  }

  private static ServedModel unlinked(StoredCheckpoint checkpoint) {
    throw new UnsatisfiedLinkError("no libtorch for " + checkpoint.ref().name());
  }

  private CheckpointFollower settled() throws InterruptedException {
    CheckpointFollower started = start();
    assertThat(started.awaitSettled(Duration.ofSeconds(30))).isTrue();
    return started;
  }

  private void send(byte[] key, byte @Nullable [] value) throws Exception {
    producer.send(new ProducerRecord<>(config().topics().checkpoints(), key, value)).get();
  }

  private Announcement announce(long step) throws Exception {
    return send(made.announce(step));
  }

  private Announcement send(Announcement announcement) throws Exception {
    send(Announcement.key(), announcement.toJson());
    return announcement;
  }

  private void awaitStep(long step) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(20))
        .until(() -> step() == step);
  }

  private @Nullable ServedModel current() {
    return Objects.requireNonNull(follower).models().current();
  }

  private long step() {
    ServedModel model = current();
    return model == null ? -1 : model.id().step();
  }

  private double metric(String name) {
    return registry.get(name).meter().measure().iterator().next().getValue();
  }

  @Test
  void whatIsAnnouncedAnswersAndTheOneBeforeStaysLoaded() throws Exception {
    announce(1);
    Announcement second = announce(2);
    Models models = settled().models();
    assertThat(step()).isEqualTo(2);
    assertThat(models.loaded()).as("the first was never loaded").hasSize(1);

    announce(3);
    awaitStep(3);

    assertThat(models.loaded().get(1).id().sha256()).isEqualTo(second.checkpoint().sha256());
    assertThat(metric("counterweight.scorer.swaps")).isEqualTo(2);
    assertThat(metric("counterweight.scorer.step")).isEqualTo(3);
  }

  @Test
  void nothingIsThereBeforeTheFirst() throws Exception {
    CheckpointFollower started = settled();
    assertThat(started.models().current()).isNull();
    assertThat(started.stale()).isEmpty();

    announce(1);

    awaitStep(1);
  }

  @Test
  void anOrderMovesAScorerAndItsTakingBackAnotherTimeEachInASecond() throws Exception {
    Announcement good = announce(1);
    announce(2);
    made.withoutInline();
    settled();
    ServingOrders orders = new ServingOrders(config(), clients());
    announce(3);
    awaitStep(3);

    long orderedNs = System.nanoTime();
    orders.serve(good.checkpoint().name());
    awaitStep(1);
    Duration took = Duration.ofNanos(System.nanoTime() - orderedNs);

    assertThat(took).isLessThan(Duration.ofSeconds(1));
    announce(4);
    Awaitility.await().until(() -> metric("counterweight.scorer.ordered") == 1);
    assertThat(step()).isEqualTo(1);
    assertThatThrownBy(() -> orders.serve("step-000000000009-a"))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("has no announced checkpoint")
        .hasMessageContaining(good.checkpoint().name());

    orderedNs = System.nanoTime();
    orders.takeBack();
    awaitStep(4);
    assertThat(Duration.ofNanos(System.nanoTime() - orderedNs)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void anOrderHoldsForAScorerThatStartsLaterAlsoOnceTheCheckpointIsDeleted() throws Exception {
    Announcement good = announce(1);
    announce(2);
    new ServingOrders(config(), clients()).serve(good.checkpoint().name());
    announce(3);
    delete(Path.of(good.folder()));

    settled();

    assertThat(step()).isEqualTo(1);
  }

  @Test
  void aForestComesWithItsAnnouncementAndWithAnOrder() throws Exception {
    made.forest(5);
    Announcement ordered = announce(1);
    Announcement newest = announce(2);
    byte[] forest = Files.readAllBytes(Path.of(newest.folder(), StoredCheckpoint.FOREST));
    List<byte[]> read = new CopyOnWriteArrayList<>();
    delete(Path.of(newest.folder()));

    CheckpointFollower started = start(one -> noting(one, read));
    assertThat(started.awaitSettled(Duration.ofSeconds(30))).isTrue();
    assertThat(step()).isEqualTo(2);

    delete(Path.of(ordered.folder()));
    new ServingOrders(config(), clients()).serve(ordered.checkpoint().name());
    awaitStep(1);
    assertThat(read).hasSize(2).allSatisfy(bytes -> assertThat(bytes).isEqualTo(forest));
  }

  private static ServedModel noting(StoredCheckpoint one, List<byte[]> read) {
    read.add(Objects.requireNonNull(one.files().get(StoredCheckpoint.FOREST)));
    return ServedCheckpoint.of(one);
  }

  @Test
  void goingBackTakesNoDownload() throws Exception {
    made.withoutInline();
    Announcement first = announce(1);
    settled();
    announce(2);
    awaitStep(2);
    delete(Path.of(first.folder()));

    send(
        new Announcement(
            first.checkpoint(), 1, 1, Map.of(), first.folder(), List.of(), first.inline()));

    awaitStep(1);
  }

  @Test
  void whatCannotBeTakenLeavesTheOneInUseAndIsTakenOnceItCan() throws Exception {
    values.put("scores.max.age", "1s");
    announce(1);
    CheckpointFollower started = settled();
    made.withoutInline();
    Announcement damaged = made.announce(2);
    Path model = Path.of(damaged.folder(), "model.safetensors");
    byte[] bytes = Files.readAllBytes(model);
    Files.write(model, new byte[bytes.length]);

    send(damaged);

    Awaitility.await().until(() -> metric("counterweight.scorer.loads.failed") > 1);
    assertThat(step()).isEqualTo(1);
    Awaitility.await().until(() -> started.stale().isPresent());
    assertThat(started.stale().orElseThrow()).contains(damaged.checkpoint().name());
    assertThat(metric("counterweight.scorer.superseded")).isGreaterThanOrEqualTo(1);

    Files.write(model, bytes);
    awaitStep(2);
    Awaitility.await().until(() -> started.stale().isEmpty());
  }

  @Test
  void withoutAnyOtherTheOneBeforeAnswers() throws Exception {
    made.withoutInline();
    announce(1);
    Announcement gone = announce(2);
    delete(Path.of(gone.folder()));

    settled();

    assertThat(step()).isEqualTo(1);
  }

  @Test
  void anotherSchemaIsAnErrorAtTheStartAndNotTakenLater() throws Exception {
    announce(1);
    CheckpointFollower started = settled();
    made.of(new EventSchema(List.of("weight"), "label", List.of("ok", "fraud"), null, null));

    announce(2);

    Awaitility.await().until(() -> metric("counterweight.scorer.loads.failed") > 0);
    assertThat(step()).isEqualTo(1);
    started.close();
    made.of(MadeCheckpoints.EVENTS);
    values.put("events.features", "age");
    announce(3);
    CheckpointFollower other = start();
    assertThatThrownBy(() -> other.awaitSettled(Duration.ofSeconds(30)))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("amount")
        .hasMessageContaining("age")
        .hasMessageContaining("docs/operations.md");
  }

  @Test
  void classesMayHaveBeenAddedAtTheEnd() throws Exception {
    announce(1);
    settled();
    made.of(
        new EventSchema(List.of("amount"), "label", List.of("ok", "fraud", "theft"), null, null));

    announce(2);

    awaitStep(2);
    assertThat(Objects.requireNonNull(current()).classes()).containsExactly("ok", "fraud", "theft");
  }

  @Test
  void whatIsWorseIsHeldBackAndSaidSo() throws Exception {
    values.put("scores.follow", "guarded");
    announce(1);
    CheckpointFollower started = settled();

    send(made.announce(2, MadeCheckpoints.figures(0.8, 0.2)));

    Awaitility.await().until(() -> metric("counterweight.scorer.holding") == 1);
    assertThat(metric("counterweight.scorer.held.back")).isEqualTo(1);
    assertThat(step()).isEqualTo(1);
    assertThat(started.stale()).isEmpty();

    announce(3);
    awaitStep(3);
    Awaitility.await().until(() -> metric("counterweight.scorer.holding") == 0);
  }

  @Test
  void anErrorWhileTheFirstIsLoadedIsTold() throws Exception {
    announce(1);

    CheckpointFollower started = start(CheckpointFollowerIT::unlinked);

    assertThatThrownBy(() -> started.awaitSettled(Duration.ofSeconds(30)))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("UnsatisfiedLinkError: no libtorch");
  }

  @Test
  void anErrorWhileALaterOneIsLoadedEndsReadinessAndIsTold() throws Exception {
    announce(1);
    CheckpointFollower started =
        start(
            one ->
                one.manifest().position().step() == 1 ? ServedCheckpoint.of(one) : unlinked(one));
    started.awaitSettled(Duration.ofSeconds(30));
    assertThat(step()).isEqualTo(1);
    started.requireFollowing();

    announce(2);

    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> started.stale().isPresent());
    assertThat(started.stale().orElseThrow()).contains("followed no longer", "no libtorch");
    assertThatThrownBy(started::requireFollowing)
        .isInstanceOf(FailureException.class)
        .hasCauseInstanceOf(UnsatisfiedLinkError.class);
  }

  @Test
  void whatIsStillBeingLoadedAtTheEndIsNotTakenAndNothingIsFreedBeneathIt() throws Exception {
    NativeModels natives = new NativeModels();
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    announce(1);
    CheckpointFollower started =
        start(
            one -> {
              if (one.manifest().position().step() == 2) {
                loading.countDown();
                await(goOn);
              }
              return natives.of(one);
            });
    started.awaitSettled(Duration.ofSeconds(30));
    announce(2);
    assertThat(loading.await(30, TimeUnit.SECONDS)).isTrue();

    Thread.currentThread().interrupt(); // so that it is not waited for
    started.close();
    assertThat(Thread.interrupted()).isTrue();

    assertThat(natives.closed()).isEmpty();
    goOn.countDown();
    Awaitility.await().until(() -> natives.closed().equals(List.of(2L)));
    assertThat(step()).isEqualTo(1);
  }

  @Test
  void recordsThatAreNeitherAreLeftAlone() throws Exception {
    announce(1);
    settled();

    send("judge".getBytes(StandardCharsets.UTF_8), new byte[] {1});
    send(Announcement.key(), new byte[] {1});
    announce(2);

    awaitStep(2);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
