package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.joiner.JoinerRole;
import dev.counterweight.judge.JudgeRole;
import dev.counterweight.kafka.AccessProblem;
import dev.counterweight.kafka.BrokerWatch;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.NoAnswerException;
import dev.counterweight.learning.ScriptedServing;
import dev.counterweight.live.LivePage;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.Telemetry;
import dev.counterweight.sampler.SamplerRole;
import dev.counterweight.scorer.ScorerRole;
import dev.counterweight.trainer.TrainerRole;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs one role of a job, or all of them in one process, until stopped. */
@Command(
    name = "run",
    description = "Run a job's roles until SIGTERM, which drains them and exits 0.")
final class RunCommand extends JobCommand {
  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  /** Which roles to run. */
  enum RoleName {
    joiner,
    counter,
    sampler,
    trainer,
    scorer,
    judge,
    all;

    /**
     * These roles of a job, not yet started: the joiner, where there is one, before all else; the
     * judge with the scorer, where scores are judged. A run to the end scores nothing: its model is
     * there when it is over; and what is scored to an end has no labels yet.
     */
    List<Role> of(
        JobConfig config, KafkaClients clients, MeterRegistry registry, boolean stopAtEnd) {
      boolean judges = JudgeRole.judges(config) && !stopAtEnd;
      Stream<RoleName> names =
          switch (this) {
            case all ->
                Stream.of(joiner, counter, sampler, trainer, scorer, judge)
                    .filter(name -> name != joiner || config.labels() != null)
                    .filter(name -> name != scorer || config.scorer().asked() && !stopAtEnd)
                    .filter(name -> name != judge || config.scorer().asked() && judges);
            case scorer -> judges ? Stream.of(scorer, judge) : Stream.of(scorer);
            default -> Stream.of(this);
          };
      return names.map(name -> name.role(config, clients, registry, stopAtEnd)).toList();
    }

    private Role role(
        JobConfig config, KafkaClients clients, MeterRegistry registry, boolean stopAtEnd) {
      Clock clock = Clock.systemUTC();
      return switch (this) {
        case joiner -> new JoinerRole(config, clients, registry, clock, stopAtEnd);
        case counter -> new CounterRole(config, clients, registry, clock, stopAtEnd);
        case sampler -> new SamplerRole(config, clients, registry, clock, stopAtEnd);
        case trainer -> new TrainerRole(config, clients, registry, clock, stopAtEnd);
        case scorer ->
            new ScorerRole(
                config, clients, registry, ScriptedServing.of(config.trainer()), clock, stopAtEnd);
        case judge -> new JudgeRole(config, clients, registry, clock);
        case all -> throw new IllegalArgumentException("all is no role");
      };
    }
  }

  @Option(
      names = "--role",
      defaultValue = "all",
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
  private RoleName role = RoleName.all;

  @Option(
      names = "--stop-at-end",
      description =
          "Handle everything in the topic up to its end at the start, write a checkpoint, and"
              + " exit.")
  private boolean stopAtEnd;

  @Option(names = "--summary", paramLabel = "FILE", description = "Write what happened, as JSON.")
  private @Nullable Path summary;

  @Option(
      names = {"-q", "--quiet"},
      description = "Show no progress, and log warnings and errors only.")
  private boolean quiet;

  @Override
  int run(PrintWriter out) throws Exception {
    JobConfig config = load();
    require(
        role != RoleName.joiner || config.labels() != null,
        "--role=joiner: a job without labels.topic has no joiner: its labels stand in its events");
    require(
        role != RoleName.judge || JudgeRole.judges(config),
        "--role=judge: scores are judged where labels.topic is set, and scores.events.topic is"
            + " the events.topic of these labels");
    require(
        role != RoleName.scorer || !stopAtEnd || config.scorer().events() != null,
        "--role=scorer: --stop-at-end is for a topic that is scored, and scores.events.topic=none"
            + " names none: requests have no end");
    require(
        role != RoleName.judge || !stopAtEnd,
        "--role=judge: --stop-at-end is for the others: labels come when they come");
    try (Cluster cluster = cluster(config)) {
      if (readsUserTopics(config)) {
        UserTopics.require(cluster.topics(), config);
      }
      if (scores(config) && config.scorer().events() != null) {
        UserTopics.scored(cluster.topics(), config);
      }
    } catch (NoAnswerException e) {
      LOG.warn("{}; waiting until it answers", e.getMessage());
    }
    Telemetry telemetry = new Telemetry();
    RoleRunner runner =
        runner(
            role.of(config, telemetry.clients(config), telemetry.registry(), stopAtEnd),
            config.labels() != null);
    runner.roles().forEach(r -> telemetry.watch(config.job(), r));
    try (telemetry;
        LivePage page =
            LivePage.start(List.of(new LivePage.Job(config, runner.roles())), Clock.systemUTC());
        BrokerWatch brokers = telemetry.watchBrokers(config);
        HttpEndpoint endpoint =
            HttpEndpoint.start(
                config.metrics(),
                telemetry,
                new Health(runner.roles(), () -> brokers.obstacle(config.metrics().kafkaAway())),
                page.pages());
        RunDisplay display =
            RunDisplay.start(
                new RunProgress(telemetry.registry(), stopAtEnd),
                System.err,
                quiet,
                Main.onTerminal());
        Termination termination = Termination.calls(runner::drain)) {
      LOG.info("job '{}': live page, metrics and health on {}", config.job(), endpoint.url());
      runner.start();
      runner.await();
      Throwable failure = runner.failure();
      if (failure != null) {
        throw told(failure, config.kafka());
      }
      if (summary != null) {
        RoleRunner.write(runner.summary(), summary);
      }
    }
    // Where lines are JSON a program reads them: --summary has the same figures for it.
    if (stopAtEnd && !quiet && !Main.jsonLines()) {
      out.print(RunTable.of(runner.summary()));
      out.flush();
    }
    UnmetLabels.in(telemetry.registry()).ifPresent(unmet -> LOG.warn("{}", unmet));
    for (Refusals refusals : Refusals.all(telemetry.registry())) {
      judge(refusals, config);
    }
    return 0;
  }

  /** What reads the joiner's topic alone needs no right on those that it is made of. */
  private boolean readsUserTopics(JobConfig config) {
    return role == RoleName.joiner
        || role == RoleName.all
        || config.labels() == null && role != RoleName.scorer;
  }

  private boolean scores(JobConfig config) {
    return role == RoleName.scorer || role == RoleName.all && config.scorer().asked() && !stopAtEnd;
  }

  /** Runs roles; up to an end, what the others read must have been joined to its own. */
  private RoleRunner runner(List<Role> roles, boolean joins) {
    return role == RoleName.all && joins && stopAtEnd
        ? new RoleRunner(roles.subList(0, 1), roles.subList(1, roles.size()))
        : new RoleRunner(roles);
  }

  /** Tells of events refused or passed over; a run up to the end on which most were has failed. */
  private void judge(Refusals refusals, JobConfig config) {
    String line = refusals.line(config.topics().deadLetters());
    double most = config.sampler().deadLettersMaxShare();
    if (stopAtEnd && refusals.share() > most) {
      throw new FailureException(line + ". At most dead.letters.max.share=" + most + " may be");
    }
    if (refusals.any()) {
      LOG.warn("{}", line);
    }
    refusals.passedOverLine().ifPresent(passed -> LOG.warn("{}", passed));
  }

  /** What an error of the cluster's means to who runs the role, where that is known. */
  private static Exception told(Throwable failure, KafkaConfig kafka) {
    if (failure instanceof FailureException known) {
      return known;
    }
    Optional<FailureException> refused =
        AccessProblem.in(failure, "go on", kafka.bootstrapServers());
    if (refused.isPresent()) {
      return refused.get();
    }
    return failure instanceof Exception e ? e : new IllegalStateException(failure);
  }
}
