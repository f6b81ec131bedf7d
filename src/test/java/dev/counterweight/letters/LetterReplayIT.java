package dev.counterweight.letters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.letters.DeadLetter.Fate;
import dev.counterweight.letters.LetterReplay.Result;
import dev.counterweight.letters.LetterReplay.Selection;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Letters published again, each once, whatever was selected before and whoever was killed. */
@Timeout(120)
class LetterReplayIT {
  private static final Selection ALL = new Selection(null, null, Long.MAX_VALUE, false);

  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
  private final JobConfig config =
      JobConfigLoader.load(
          Map.of(
              "job", SharedBroker.uniqueName("job"),
              "bootstrap.servers", SharedBroker.bootstrapServers(),
              "events.topic", SharedBroker.uniqueName("events"),
              "events.label", "class",
              "events.classes", "ok,fraud",
              "events.features", "amount",
              "checkpoint.dir", "target/none"));
  private int sent;

  @BeforeEach
  void createTopics() {
    SharedBroker.createTopic(config.events().topic(), 1);
    String letters = config.topics().deadLetters();
    SharedBroker.createTopic(
        letters, 1, TopicSetup.settings(config.topics()).getOrDefault(letters, Map.of()));
  }

  @Test
  void eachIsPublishedOnceHoweverTheyAreSelected() {
    send("bad_time", 3, 0);
    send("malformed", 2, 0);
    send("bad_time", 2, 0);
    assertThat(replay(new Selection("malformed", null, 1, false)).published())
        .containsExactly(Map.entry("malformed", 1L));
    assertThat(committed()).isEqualTo(new OffsetAndMetadata(0, "malformed=0-4"));
    assertThat(replay(new Selection("bad_time", null, 4, false)).left()).isEqualTo(1);
    send("malformed", 1, 0);
    Result rest = replay(ALL);

    assertThat(rest.published()).isEqualTo(Map.of("malformed", 2L, "bad_time", 1L));
    assertThat(published()).containsExactly("3", "0", "1", "2", "5", "4", "6", "7");
    assertThat(committed().metadata()).isEmpty();
    assertThat(replay(ALL).total()).isZero();
    send("empty", 1, 0);
    assertThat(replay(ALL).published()).containsOnlyKeys("empty");
    assertThat(published()).hasSize(9).doesNotHaveDuplicates();
  }

  @Test
  void lettersBeforeATimeWaitForAnotherReplay() {
    send("bad_time", 2, 0);
    Instant since = nextMoment();
    send("bad_time", 2, 0);
    Result late = replay(new Selection(null, since, Long.MAX_VALUE, false));

    assertThat(late.left()).isEqualTo(2);
    assertThat(published()).containsExactly("2", "3");
    replay(ALL);
    assertThat(published()).containsExactly("2", "3", "0", "1");
  }

  @Test
  void whatWasReplayedThreeTimesIsRefusedUnlessForced() {
    send("bad_time", 1, 3);
    send("bad_time", 1, 2);
    Result first = replay(ALL);
    assertThat(first.refused()).isEqualTo(Map.of(Fate.SPENT, 1L));
    assertThat(published()).containsExactly("1");

    Result forced = replay(new Selection(null, null, Long.MAX_VALUE, true));
    assertThat(forced.total()).isEqualTo(1);
    assertThat(published()).containsExactly("1", "0");
    assertThat(replay(new Selection(null, null, Long.MAX_VALUE, true)).total()).isZero();
    assertThat(replaysOfNewest()).isEqualTo("4");
  }

  @Test
  void aPreviewWritesNothing() {
    send("bad_time", 2, 0);
    Result would =
        new LetterReplay(config, clients, partitions(), InstantSource.system()).preview(ALL);

    assertThat(would.published()).isEqualTo(Map.of("bad_time", 2L));
    assertThat(published()).isEmpty();
    assertThat(replay(ALL).total()).isEqualTo(2);
  }

  /** As a process does that is killed between its sends and its commit. */
  @Test
  void aReplayThatIsKilledIsGoneOnWithAndPublishesNothingTwice() {
    send("bad_time", 2_500, 0);
    String id = config.topics().groupOf("dead-letters-replay");
    Producer<byte[], byte[]> killed = clients.transactionalProducer(id, Map.of());
    killed.initTransactions();
    killed.beginTransaction();
    killed.send(new ProducerRecord<>(config.events().topic(), "0".getBytes(UTF_8)));
    killed.flush();

    assertThat(replay(new Selection(null, null, 1_200, false)).total()).isEqualTo(1_200);
    assertThat(replay(ALL).total()).isEqualTo(1_300);

    assertThatThrownBy(killed::commitTransaction).isInstanceOf(RuntimeException.class);
    killed.close(Duration.ZERO);
    assertThat(published())
        .containsExactlyElementsOf(IntStream.range(0, 2_500).mapToObj(Integer::toString).toList());
  }

  @Test
  void whatABrokerMayHaveForgottenIsNotPublishedWithoutATime() {
    send("bad_time", 2, 0);
    InstantSource later = InstantSource.offset(InstantSource.system(), Duration.ofDays(8));
    LetterReplay forgetful = new LetterReplay(config, clients, partitions(), later);

    assertThatThrownBy(() -> forgetful.run(ALL))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("no earlier replay is known")
        .hasMessageContaining("--since");
    assertThat(published()).isEmpty();

    Instant since = nextMoment();
    send("bad_time", 1, 0);
    assertThat(forgetful.run(new Selection(null, since, Long.MAX_VALUE, false)).total())
        .isEqualTo(1);
    assertThat(forgetful.run(ALL).total()).as("those before are taken for published").isZero();
  }

  @Test
  void aTopicCreatedAgainIsNotTakenForReplayed() {
    send("bad_time", 5, 0);
    replay(ALL);
    try (var consumer =
        clients.consumer("c", Map.of("group.id", config.topics().groupOf("dead-letters-replay")))) {
      consumer.assign(List.of(letters()));
      consumer.commitSync(Map.of(letters(), new OffsetAndMetadata(1_000)));
    }
    assertThatThrownBy(() -> replay(ALL))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("beyond its end");
  }

  private Map<String, Integer> partitions() {
    return Map.of(config.events().topic(), 1);
  }

  private Result replay(Selection selection) {
    return new LetterReplay(config, clients, partitions(), InstantSource.system()).run(selection);
  }

  /** Sends letters whose values are numbers from 0. */
  private void send(String reason, int count, int replays) {
    try (Producer<byte[], byte[]> producer = clients.producer("sampler", Map.of())) {
      for (int i = 0; i < count; i++) {
        ProducerRecord<byte[], byte[]> letter =
            new ProducerRecord<>(
                config.topics().deadLetters(), Integer.toString(sent++).getBytes(UTF_8));
        if (replays > 0) {
          LetterHeaders.put(letter.headers(), "cw.replays", Integer.toString(replays));
        }
        LetterHeaders.put(letter.headers(), "cw.error", "wrong");
        LetterHeaders.put(letter.headers(), "cw.reason", reason);
        LetterHeaders.put(letter.headers(), "cw.topic", config.events().topic());
        LetterHeaders.put(letter.headers(), "cw.partition", "0");
        LetterHeaders.put(letter.headers(), "cw.offset", "5");
        LetterHeaders.put(letter.headers(), "cw.timestamp", "1234");
        producer.send(letter);
      }
    }
  }

  private List<String> published() {
    return WholeLog.read(clients, config.events().topic(), value -> new String(value, UTF_8));
  }

  private String replaysOfNewest() {
    List<String> replays = new ArrayList<>();
    WholeLog.forEach(
        clients,
        config.events().topic(),
        event -> LetterHeaders.text(event.headers(), "cw.replays").ifPresent(replays::add));
    return replays.get(replays.size() - 1);
  }

  /** A time after that of every letter there is. */
  private static Instant nextMoment() {
    Instant next = Instant.now().plusMillis(2);
    while (Instant.now().isBefore(next)) {
      Thread.onSpinWait();
    }
    return next;
  }

  private TopicPartition letters() {
    return new TopicPartition(config.topics().deadLetters(), 0);
  }

  private OffsetAndMetadata committed() {
    try (var consumer =
        clients.consumer("c", Map.of("group.id", config.topics().groupOf("dead-letters-replay")))) {
      @Nullable OffsetAndMetadata offset = consumer.committed(Set.of(letters())).get(letters());
      return requireNonNull(offset);
    }
  }
}
