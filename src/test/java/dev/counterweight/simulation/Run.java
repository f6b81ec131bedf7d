package dev.counterweight.simulation;

import dev.counterweight.campaign.History;
import dev.counterweight.campaign.Invariants;
import dev.counterweight.campaign.Observed;
import dev.counterweight.campaign.Observed.Part;
import dev.counterweight.campaign.Observed.Scope;
import dev.counterweight.campaign.Rule;
import dev.counterweight.campaign.Violation;
import dev.counterweight.config.JobConfig;
import dev.counterweight.counter.CounterTasks;
import dev.counterweight.event.Sha256;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.StreamIdentity;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** One schedule, from its beginning to the end of what it sends. Not thread-safe. */
final class Run implements AutoCloseable {
  private static final int MOST_STEPS = 20_000;

  private final Schedule schedule;
  private final JobConfig config;
  private final World world;
  private final History history = new History();
  private final Feed feed;
  private final Checkpoints checkpoints;
  private final boolean telling;
  private boolean grown;

  /**
   * What came of a schedule.
   *
   * @param told what happened, if that was asked for
   * @param digest of everything that was written, if what happened was to be told
   */
  record Outcome(
      Schedule schedule,
      List<Violation> violations,
      long steps,
      List<String> told,
      String digest) {}

  private Run(Schedule schedule, Sabotage sabotage, boolean telling, Path folder) {
    this.schedule = schedule;
    this.telling = telling;
    this.checkpoints = new Checkpoints(folder, history);
    this.config = config(0);
    this.world = new World(schedule.seed(), sabotage, telling);
    JobTopics topics = config.topics();
    world.cluster.create(Settings.EVENTS, schedule.partitions());
    CounterTasks.topics(config).forEach(topic -> world.cluster.create(topic, 1));
    for (String topic :
        List.of(
            topics.batches(),
            topics.deadLetters(),
            topics.metrics(),
            topics.checkpoints(),
            topics.scores())) {
      world.cluster.create(topic, 1);
    }
    this.feed = new Feed(world, schedule.seed(), schedule.events(), history);
    world.feed(this::feed);
    MeterRegistry registry = new SimpleMeterRegistry();
    for (int i = 0; i < schedule.counters(); i++) {
      world.add(place("counter", i, place -> counter(place, registry)));
    }
    for (int i = 0; i < schedule.samplers(); i++) {
      world.add(place("sampler", i, place -> sampler(place, registry)));
    }
    for (int i = 0; i < schedule.trainers(); i++) {
      world.add(place("trainer", i, place -> trainer(place, registry)));
    }
  }

  static Outcome of(Schedule schedule, Path folder) {
    return of(schedule, Sabotage.NONE, false, folder);
  }

  /**
   * What comes of a schedule.
   *
   * @param telling whether to tell what happens
   * @param folder of checkpoints, empty
   */
  static Outcome of(Schedule schedule, Sabotage sabotage, boolean telling, Path folder) {
    try (Run run = new Run(schedule, sabotage, telling, folder)) {
      return run.toEnd();
    }
  }

  private Place place(String role, int number, Function<Place, Process> lives) {
    return new Place(
        world, role, number, schedule.faults(role, number), lives, world.time.millis());
  }

  private Process counter(Place place, MeterRegistry registry) {
    return CounterTasks.process(
        place,
        config(place.number()),
        identity(),
        new GroupOffsets(
            world.cluster,
            config.topics().groupOf("counter"),
            Settings.EVENTS,
            schedule.partitions()),
        registry);
  }

  private Process sampler(Place place, MeterRegistry registry) {
    return new SamplerLife(place, config(place.number()), identity(), registry);
  }

  private Process trainer(Place place, MeterRegistry registry) {
    if (world.spoils(place)) {
      checkpoints.spoil(world, config);
    }
    return new TrainerLife(place, config(place.number()), registry);
  }

  private JobConfig config(int instance) {
    return Settings.of(schedule.settings(), instance, checkpoints.folder());
  }

  private TopicSetup.Identity identity() {
    return new TopicSetup.Identity(
        new StreamIdentity("cluster", "events-id"), world.cluster.partitions(Settings.EVENTS));
  }

  private void feed() {
    if (!grown && feed.sent() * 2 > schedule.events()) {
      grown = true;
      world.cluster.grow(Settings.EVENTS, schedule.grown());
    }
    feed.step();
  }

  private Outcome toEnd() {
    while (!feed.over() && world.steps() < MOST_STEPS) {
      world.step();
    }
    world.calm();
    while (!complete() && world.steps() < MOST_STEPS) {
      world.step();
    }
    List<Violation> violations = new ArrayList<>();
    boolean complete = complete();
    if (!complete) {
      violations.add(
          new Violation(
              Rule.ENDED_WELL,
              "not at the end after %d steps: %s".formatted(world.steps(), state())));
    }
    world.failures().forEach(what -> violations.add(new Violation(Rule.ENDED_WELL, what)));
    Set<Part> parts = EnumSet.of(Part.COUNTER, Part.SAMPLER);
    if (schedule.trainers() > 0) {
      parts.add(Part.TRAINER);
    }
    Observed observed =
        Observed.read(new Clients(new Reader(world)), config, new Scope(parts, complete));
    violations.addAll(Invariants.check(history, observed));
    return new Outcome(schedule, violations, world.steps(), world.told, telling ? digest() : "");
  }

  /** Whether everything that was committed is sampled. */
  private boolean complete() {
    if (!world.cluster.settled()) {
      return false;
    }
    if (schedule.trainers() > 0 && !trained()) {
      return false;
    }
    MemoryGroup samplers = world.cluster.group(config.topics().groupOf("sampler"));
    return world.cluster.logs(Settings.EVENTS).stream()
        .allMatch(
            log -> {
              OffsetAndMetadata sampled = samplers.committed(log.partition());
              long from = sampled == null ? 0 : sampled.offset();
              return log.read(from, 1).records().isEmpty() && log.end() == log.highEnd();
            });
  }

  /** Whether a checkpoint knows of every batch record. */
  private boolean trained() {
    TopicPartition batches = new TopicPartition(config.topics().batches(), 0);
    OffsetAndMetadata saved =
        world.cluster.group(config.topics().groupOf("trainer")).committed(batches);
    return saved != null && world.cluster.log(batches).read(saved.offset(), 1).records().isEmpty();
  }

  private String state() {
    StringBuilder text = new StringBuilder();
    for (String role : List.of("counter", "sampler")) {
      MemoryGroup group = world.cluster.group(config.topics().groupOf(role));
      text.append(role);
      for (MemoryLog log : world.cluster.logs(Settings.EVENTS)) {
        text.append(
            " %s: %s of %d;"
                .formatted(log.partition(), group.committed(log.partition()), log.end()));
      }
    }
    return text.toString();
  }

  private String digest() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String topic : world.cluster.topics()) {
      for (MemoryLog log : world.cluster.logs(topic)) {
        for (ConsumerRecord<byte[], byte[]> record : log.all()) {
          all.writeBytes(
              "%s@%d@%d"
                  .formatted(log.partition(), record.offset(), record.timestamp())
                  .getBytes(StandardCharsets.UTF_8));
          if (record.value() != null) {
            all.writeBytes(record.value());
          }
        }
      }
    }
    return Sha256.of(all.toByteArray());
  }

  @Override
  public void close() {
    world.close();
    checkpoints.close();
  }

  /** Who looks at it all in the end; nothing befalls it. */
  private static final class Reader extends Process {
    Reader(World world) {
      super(new Place(world, "reader", 0, List.of(), place -> null, 0));
    }

    @Override
    protected void step() {}

    @Override
    protected void leave() {}

    @Override
    public void close() {}
  }
}
