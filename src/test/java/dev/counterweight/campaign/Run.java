package dev.counterweight.campaign;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * One schedule on a cluster: a new job, its events, what goes wrong, then calm until everything is
 * worked off, the end of its processes, and what the rules say of all that.
 *
 * <p>Owned by one thread.
 */
final class Run implements AutoCloseable {
  private static final int PARTITIONS = 3;
  private static final Duration TICK = Duration.ofMillis(300);

  /** After the last fault; on a machine that does nothing else it takes some seconds. */
  private static final Duration PATIENCE = Duration.ofSeconds(240);

  private final Schedule schedule;
  private final Cluster cluster;
  private final KafkaClients clients;
  private final Job job;
  private final JobConfig config;
  private final Crew crew;
  private final Feed feed;
  private final Places places;
  private final Progress progress;
  private final Recovery recovery;
  private final List<Violation> violations = new ArrayList<>();

  private Run(Schedule schedule, Cluster cluster, String name) throws Exception {
    this.schedule = schedule;
    this.cluster = cluster;
    this.clients = cluster.clients();
    Path folder = Files.createDirectories(cluster.folder().resolve(name));
    this.job = new Job(schedule, name, PARTITIONS, folder);
    createTopics();
    this.config = job.config(cluster.direct());
    this.crew = new Crew(folder, job.settings(cluster.wired()), job.roles());
    this.feed = new Feed(job, clients);
    this.places = new Places(job, clients, feed.history());
    this.progress = new Progress(job, config, clients);
    this.recovery = new Recovery(progress);
  }

  /**
   * Runs a schedule.
   *
   * @param name of the job, new to the cluster
   */
  static Outcome of(Schedule schedule, Cluster cluster, String name) throws Exception {
    long startNs = System.nanoTime();
    try (Run run = new Run(schedule, cluster, name)) {
      History history = run.live();
      List<Violation> violations = run.judged(history);
      return new Outcome(
          schedule,
          violations,
          run.recovery.tookMs(),
          run.crew.exits(),
          history.events().size(),
          run.isLate(),
          (System.nanoTime() - startNs) / 1_000_000);
    }
  }

  private History live() throws Exception {
    crew.start();
    feed.start();
    Injector injector =
        new Injector(schedule.faults(), cluster, crew, feed, places, recovery::begun);
    awaitWork();
    feed.begin();
    long startNs = System.nanoTime();
    while (!injector.isDone() || !feed.isDone()) {
      injector.upTo((System.nanoTime() - startNs) / 1_000_000);
      tick();
    }
    calm();
    History history = feed.awaitDone();
    if (schedule.has(Fault.TopicMadeAgain.class)) {
      awaitToldMadeAgain();
    } else {
      awaitEnd(history);
    }
    job.roles().forEach(crew::terminate);
    return history;
  }

  /** Until every role has worked off the first events, or has had long enough to. */
  private void awaitWork() {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    do {
      tick();
    } while ((!feed.isReady() || !worked()) && System.nanoTime() < deadlineNs);
  }

  private boolean worked() {
    SortedMap<String, Long> targets = progress.targets();
    return targets.containsKey("trainer") && progress.left(targets).isEmpty();
  }

  private void calm() throws IOException {
    cluster.mend();
    places.freeDisk();
    places.freeStates();
    crew.mend();
  }

  private boolean isLate() {
    return schedule.joins() && feed.isLate();
  }

  private void tick() {
    crew.supervise();
    progress.look();
    recovery.note();
    LockSupport.parkNanos(TICK.toNanos());
  }

  private void awaitToldMadeAgain() {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    while (!MadeAgain.isTold(crew.exits()) && System.nanoTime() < deadlineNs) {
      crew.supervise();
      LockSupport.parkNanos(TICK.toNanos());
    }
  }

  private void awaitEnd(History history) {
    progress.expect(history);
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    SortedMap<String, Long> left = left(history);
    while (!left.isEmpty() && System.nanoTime() < deadlineNs) {
      tick();
      left = left(history);
    }
    if (!left.isEmpty()) {
      violations.add(new Violation(Rule.ENDED_WELL, "not worked off: " + left + "\n" + tails()));
    }
  }

  private SortedMap<String, Long> left(History history) {
    SortedMap<String, Long> left = new TreeMap<>(progress.left(progress.targets()));
    if (schedule.joins()) {
      long due = history.events().stream().filter(event -> event.kind().counted()).count();
      if (progress.joined() < due) {
        left.put("events to be joined", due - progress.joined());
      }
    }
    return left;
  }

  private String tails() {
    return crew.members().stream()
        .map(member -> member + ":\n" + crew.tail(member, 6))
        .collect(Collectors.joining("\n"));
  }

  private List<Violation> judged(History history) {
    Observed.Scope scope = Observed.Scope.of(config, violations.isEmpty());
    Observed observed = Observed.read(clients, config, scope).with(crew.exits());
    if (schedule.has(Fault.TopicMadeAgain.class)) {
      violations.addAll(MadeAgain.check(observed));
      return List.copyOf(violations);
    }
    violations.addAll(Invariants.check(history, observed));
    if (!schedule.joins() && scope.complete()) {
      violations.addAll(
          ToldLosses.check(
              history, observed, crew.logs(Member.Role.COUNTER), crew.logs(Member.Role.SAMPLER)));
    }
    return violations.stream().filter(v -> !isLate() || v.rule() != Rule.JOINED_ONCE).toList();
  }

  /** Of what failed: what processes said, and the logs of the brokers. */
  private void keepLogs() {
    if (violations.isEmpty()) {
      return;
    }
    try {
      copyLogs();
    } catch (IOException | UncheckedIOException e) {
      System.err.println("not all logs are kept: " + e); // what failed is to be told all the same
    }
  }

  private void copyLogs() throws IOException {
    Path keep = Path.of(System.getProperty("campaign.keep", "target/campaign"));
    Path from = cluster.folder();
    try (Stream<Path> all = Files.walk(from)) {
      for (Path log : all.filter(path -> path.toString().endsWith(".log")).toList()) {
        Path to = keep.resolve(job.name()).resolve(from.relativize(log));
        Files.createDirectories(to.getParent());
        Files.copy(log, to, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private void createTopics() throws Exception {
    try (Admin admin = clients.admin("create")) {
      List<NewTopic> topics = new ArrayList<>();
      for (String topic : List.of(job.events(), job.labels())) {
        topics.add(
            new NewTopic(topic, PARTITIONS, (short) Cluster.SIZE)
                .configs(Map.of("retention.ms", "-1")));
      }
      admin.createTopics(topics).all().get(30, TimeUnit.SECONDS);
    }
  }

  /** Ends what still runs, and takes away all that the job wrote. */
  @Override
  public void close() throws IOException {
    crew.close();
    places.close();
    feed.close();
    progress.close();
    cluster.mend();
    keepLogs();
    try (Admin admin = clients.admin("delete")) {
      Set<String> all = admin.listTopics().names().get(30, TimeUnit.SECONDS);
      List<String> own =
          all.stream()
              .filter(t -> t.startsWith(job.name() + ".") || t.startsWith(job.name() + "-"))
              .toList();
      admin.deleteTopics(own).all().get(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IOException("cannot delete the topics of " + job.name(), e);
    }
    Cluster.delete(job.folder());
  }
}
