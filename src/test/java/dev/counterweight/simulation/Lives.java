package dev.counterweight.simulation;

import dev.counterweight.config.JobConfig;
import dev.counterweight.counter.CounterTasks;
import dev.counterweight.joiner.JoinerTasks;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.streams.TopicEnds.End;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/** Makes the processes of a job. Not thread-safe. */
final class Lives {
  private static final Map<String, String> AT_ARRIVAL =
      Map.of("labels.wait", "1ms", "labels.grace", "4ms");

  private final Schedule schedule;
  private final World world;
  private final Checkpoints checkpoints;
  private final JobConfig config;
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final Map<TopicPartition, End> ends = new HashMap<>();

  Lives(Schedule schedule, World world, Checkpoints checkpoints, JobConfig config) {
    this.schedule = schedule;
    this.world = world;
    this.checkpoints = checkpoints;
    this.config = config;
  }

  /** Lets every instance of every role begin. */
  void begin() {
    schedule
        .instances()
        .forEach(
            (role, number) -> {
              for (int i = 0; i < number; i++) {
                world.add(
                    new Place(
                        world, role, i, schedule.faults(role, i), of(role), world.time.millis()));
              }
            });
  }

  private Function<Place, Process> of(String role) {
    return switch (role) {
      case "joiner" -> this::joiner;
      case "counter" -> this::counter;
      case "sampler" ->
          place -> new SamplerLife(place, config(place.number()), identity(), registry);
      case "trainer" -> this::trainer;
      case "scorer" -> place -> new ScorerLife(place, config(place.number()), registry);
      default -> throw new IllegalArgumentException(role);
    };
  }

  private Process joiner(Place place) {
    Map<String, String> others =
        world.sabotage == Sabotage.JOINED_AT_ARRIVAL ? AT_ARRIVAL : Map.of();
    return JoinerTasks.process(
        place,
        Settings.of(schedule, place.number(), checkpoints.folder(), others),
        schedule.partitions(),
        topic -> offsets("joiner", topic),
        partition -> Optional.of(end(partition)),
        registry);
  }

  /** As a broker said some time ago, or says now. */
  private End end(TopicPartition partition) {
    End known = ends.get(partition);
    if (known == null || world.dice.nextBoolean()) {
      known = new End(world.cluster.log(partition).end(), world.time.millis());
      ends.put(partition, known);
    }
    return known;
  }

  private Process counter(Place place) {
    return CounterTasks.process(
        place, config(place.number()), identity(), offsets("counter", world.counted), registry);
  }

  private Process trainer(Place place) {
    if (world.spoils(place)) {
      checkpoints.spoil(world, config);
    }
    return new TrainerLife(place, config(place.number()), registry);
  }

  private GroupOffsets offsets(String role, String topic) {
    return new GroupOffsets(
        world.cluster, config.topics().groupOf(role), topic, schedule.partitions());
  }

  private JobConfig config(int instance) {
    return Settings.of(schedule, instance, checkpoints.folder());
  }

  private TopicSetup.Identity identity() {
    return new TopicSetup.Identity(
        new StreamIdentity("cluster", "events-id"), world.cluster.partitions(world.counted));
  }
}
