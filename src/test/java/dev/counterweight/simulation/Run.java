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
import dev.counterweight.protocol.JobTopics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** One schedule, from its beginning to the end of what it sends. Not thread-safe. */
final class Run implements AutoCloseable {
  private static final int MOST_STEPS = 20_000;
  private static final int CALM_STEPS = 4;
  private static final long CALM_MS = 40;

  private final Schedule schedule;
  private final JobConfig config;
  private final World world;
  private final History history = new History();
  private final Feed feed;
  private final Checkpoints checkpoints;
  private final Progress progress;
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
    this.config = Settings.of(schedule, 0, folder);
    this.world = new World(schedule.seed(), sabotage, telling);
    world.counted = config.events().topic();
    createTopics();
    this.feed = new Feed(world, schedule, history);
    world.feed(this::feed);
    this.progress = new Progress(schedule, world, config, history);
    new Lives(schedule, world, checkpoints, config).begin();
  }

  private void createTopics() {
    JobTopics topics = config.topics();
    world.cluster.create(Settings.EVENTS, schedule.partitions());
    if (schedule.has("joiner")) {
      world.cluster.create(Settings.LABELS, schedule.partitions());
      world.cluster.create(topics.labelled(), schedule.partitions());
    }
    CounterTasks.topics(config).forEach(topic -> world.cluster.create(topic, 1));
    for (String topic :
        List.of(topics.batches(), topics.deadLetters(), topics.metrics(), topics.checkpoints())) {
      world.cluster.create(topic, 1);
    }
    world.cluster.create(topics.scores(), schedule.grown());
  }

  /** What comes of a schedule. */
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
    while (!progress.complete() && world.steps() < MOST_STEPS) {
      world.step();
      if (world.steps() % CALM_STEPS == 0) {
        world.time.pass(CALM_MS);
      }
    }
    List<Violation> violations = new ArrayList<>();
    world.end();
    boolean complete = progress.complete();
    if (!complete) {
      violations.add(
          new Violation(
              Rule.ENDED_WELL,
              "not at the end after %d steps: %s".formatted(world.steps(), progress)));
    }
    world.failures().forEach(what -> violations.add(new Violation(Rule.ENDED_WELL, what)));
    violations.addAll(Invariants.check(history, observed(complete)));
    return new Outcome(
        schedule, violations, world.steps(), world.told, telling ? progress.digest() : "");
  }

  private Observed observed(boolean complete) {
    Set<Part> parts = EnumSet.noneOf(Part.class);
    schedule.instances().keySet().forEach(r -> parts.add(Part.valueOf(r.toUpperCase(Locale.ROOT))));
    return Observed.read(new Clients(new Reader(world)), config, new Scope(parts, complete));
  }

  @Override
  public void close() {
    world.close();
    checkpoints.close();
  }

  /** Who looks at it all in the end; nothing befalls it. */
  private static final class Reader extends Process {
    Reader(World world) {
      super(new Place(world, "reader", 0, List.of(), Reader::none, 0));
    }

    private static Process none(Place place) {
      throw new IllegalStateException("a reader has one life");
    }

    @Override
    protected void step() {}

    @Override
    protected void leave() {}

    @Override
    public void close() {}
  }
}
