package dev.counterweight.campaign;

import dev.counterweight.campaign.Fault.CheckpointDamaged.How;
import dev.counterweight.kafka.KafkaClients;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;

/**
 * Where a job's data stand, and what becomes of those places. Owned by the thread of {@link Run}.
 */
final class Places implements AutoCloseable {
  private static final String MODEL = "model.safetensors";
  private static final int CHECKPOINTS_MIB = 8;

  /** A store's first files take some of it. */
  private static final int STATE_MIB = 64;

  private final Job job;
  private final KafkaClients clients;
  private final History history;
  private final @Nullable SmallDisk disk;
  private final Map<Integer, SmallDisk> states = new HashMap<>();

  Places(Job job, KafkaClients clients, History history) throws IOException {
    this.job = job;
    this.clients = clients;
    this.history = history;
    this.disk =
        job.schedule().has(Fault.DiskFull.class)
            ? SmallDisk.mount(job.checkpoints(), CHECKPOINTS_MIB)
            : null;
    for (Fault fault : job.schedule().faults()) {
      if (fault instanceof Fault.StateDiskFull full && !states.containsKey(full.instance())) {
        Path state = new Member(Member.Role.JOINER, full.instance()).state(job.folder());
        SmallDisk its = SmallDisk.mount(state, STATE_MIB);
        if (its != null) {
          states.put(full.instance(), its);
        }
      }
    }
  }

  /** The newest checkpoint; does nothing where there is none yet. */
  void damageNewest(How how) {
    try {
      Optional<Path> newest = newest();
      if (newest.isPresent()) {
        history.damaged(newest.get().getFileName().toString());
        spoil(newest.get().resolve(MODEL), how);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<Path> newest() throws IOException {
    if (!Files.isDirectory(job.checkpoints())) {
      return Optional.empty();
    }
    try (var all = Files.list(job.checkpoints())) {
      return all.filter(path -> Files.exists(path.resolve(MODEL)))
          .max(Comparator.comparing(path -> path.getFileName().toString()));
    }
  }

  private static void spoil(Path file, How how) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    switch (how) {
      case FLIPPED -> bytes[bytes.length - 1] ^= 1;
      case CUT -> bytes = Arrays.copyOf(bytes, bytes.length / 2);
      case EMPTIED -> bytes = new byte[0];
    }
    Files.write(file, bytes);
  }

  /** By a partition each, the topic of scores first: as an operator has to. */
  void grow() {
    try (Admin admin = clients.admin("grow")) {
      int more = partitions(admin, job.events()) + 1;
      for (String topic : List.of(job.name() + ".scores", job.events())) {
        again(
            "grow " + topic,
            () -> {
              Set<String> there = admin.listTopics().names().get(5, TimeUnit.SECONDS);
              if (there.contains(topic) && partitions(admin, topic) < more) {
                admin
                    .createPartitions(Map.of(topic, NewPartitions.increaseTo(more)))
                    .all()
                    .get(5, TimeUnit.SECONDS);
              }
            });
      }
    }
  }

  private static int partitions(Admin admin, String topic) {
    int[] found = new int[1];
    again(
        "ask for " + topic,
        () ->
            found[0] =
                Objects.requireNonNull(
                        admin.describeTopics(List.of(topic)).topicNameValues().get(topic))
                    .get(5, TimeUnit.SECONDS)
                    .partitions()
                    .size());
    return found[0];
  }

  /** All that is committed in the first partition of the events just now. */
  void deleteRead() {
    TopicPartition partition = new TopicPartition(job.events(), 0);
    try (Admin admin = clients.admin("delete")) {
      again(
          "delete events",
          () -> {
            long end =
                clients
                    .calls(admin, Duration.ofSeconds(5))
                    .offsets(List.of(partition), OffsetSpec.latest(), IsolationLevel.READ_COMMITTED)
                    .getOrDefault(0, 0L);
            history.deletedBefore(0, end);
            admin
                .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(end)))
                .all()
                .get(5, TimeUnit.SECONDS);
          });
    }
  }

  /** The topic of events, empty, under its name. */
  void makeAgain() {
    NewTopic same = new NewTopic(job.events(), job.partitions(), (short) Cluster.SIZE);
    try (Admin admin = clients.admin("make-again")) {
      again(
          "delete " + job.events(),
          () -> admin.deleteTopics(List.of(job.events())).all().get(5, TimeUnit.SECONDS));
      again(
          "make " + job.events() + " again",
          () -> admin.createTopics(List.of(same)).all().get(5, TimeUnit.SECONDS));
    }
  }

  /** While brokers are away they do not answer. */
  private static void again(String what, ThrowingRunnable call) {
    Awaitility.await(what)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions()
        .untilAsserted(call);
  }

  void fillDisk() {
    if (disk != null) {
      disk.fill();
    }
  }

  void freeDisk() {
    if (disk != null) {
      disk.free();
    }
  }

  void fillState(int instance) {
    SmallDisk state = states.get(instance);
    if (state != null) {
      state.fill();
    }
  }

  void freeStates() {
    states.values().forEach(SmallDisk::free);
  }

  @Override
  public void close() throws IOException {
    for (SmallDisk state : states.values()) {
      state.close();
    }
    if (disk != null) {
      disk.close();
    }
  }
}
