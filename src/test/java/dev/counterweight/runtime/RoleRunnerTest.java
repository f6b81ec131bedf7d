package dev.counterweight.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Role.State;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RoleRunnerTest {

  @Test
  void everyRoleIsClosedOnTheThreadThatRanIt() throws Exception {
    WaitingRole role = new WaitingRole("sampler", null);
    RoleRunner runner = new RoleRunner(List.of(role));

    runner.start();
    runner.drain();
    runner.await();

    assertThat(role.closedBy).isNotNull().isSameAs(role.ranOn);
    assertThat(runner.failure()).isNull();
  }

  @Test
  void whenOneFailsTheOthersAreDrained() throws Exception {
    IllegalStateException broken = new IllegalStateException("broken");
    WaitingRole healthy = new WaitingRole("counter", null);
    WaitingRole failing = new WaitingRole("trainer", broken);
    RoleRunner runner = new RoleRunner(List.of(healthy, failing));

    runner.start();
    runner.await();

    assertThat(runner.failure()).isSameAs(broken);
    assertThat(healthy.closedBy).isNotNull();
    assertThat(failing.closedBy).isNotNull();
  }

  @Test
  void whenOneFailsThatOthersOutliveTheyGoOnAndTheProcessHasFailedInTheEnd() throws Exception {
    IllegalStateException broken = new IllegalStateException("broken");
    WaitingRole scorer = new WaitingRole("scorer", null);
    RoleRunner runner = new RoleRunner(List.of(scorer, outlived(broken)));

    runner.start();
    await().until(() -> statusOf(runner, 1).state() == State.FAILED);

    assertThat(runner.await(100)).isFalse();
    assertThat(scorer.closedBy).isNull();
    Health health = Health.of(runner.roles());
    assertThat(health.live().status()).isEqualTo(200);
    runner.drain();
    runner.await();
    assertThat(statusOf(runner, 0).state()).isEqualTo(State.DONE);
    assertThat(runner.failure()).isSameAs(broken);
  }

  @Test
  void theFailureToldIsTheOneThatEndedTheOthers() throws Exception {
    IllegalStateException first = new IllegalStateException("first");
    IllegalStateException ending = new IllegalStateException("ending");
    RoleRunner runner =
        new RoleRunner(List.of(outlived(first)), List.of(new WaitingRole("scorer", ending)));

    runner.start();
    runner.await();

    assertThat(runner.failure()).isSameAs(ending);
  }

  @Test
  void awaitingGivesUpAtItsDeadline() throws Exception {
    RoleRunner runner = new RoleRunner(List.of(new WaitingRole("counter", null)));
    runner.start();

    assertThat(runner.await(20)).isFalse();

    runner.drain();
    assertThat(runner.await(20_000)).isTrue();
  }

  @Test
  void theSummaryJoinsWhatTheRolesDid() throws Exception {
    RoleRunner runner =
        new RoleRunner(List.of(new WaitingRole("counter", null), new WaitingRole("trainer", null)));
    runner.start();
    runner.drain();
    runner.await();

    assertThat(runner.summary())
        .containsEntry("counter", 1)
        .containsEntry("trainer", 1)
        .containsKey("seconds");
  }

  @Test
  void rolesOfALaterStageBeginOnceTheFirstHaveEnded() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    List<String> begun = new CopyOnWriteArrayList<>();
    Role joiner =
        role(
            "joiner",
            context -> {
              begun.add("joiner");
              end.await();
              return "joined";
            });
    Role counter =
        role(
            "counter",
            context -> {
              begun.add("counter");
              return "counted";
            });
    RoleRunner runner = new RoleRunner(List.of(joiner), List.of(counter));

    runner.start();
    await().until(() -> begun.contains("joiner") && statusOf(runner, 1).state() == State.WAITING);

    assertThat(statusOf(runner, 1).detail()).isEqualTo("waiting for the joiner");
    assertThat(begun).containsExactly("joiner");
    end.countDown();
    runner.await();
    assertThat(begun).containsExactly("joiner", "counter");
    assertThat(statusOf(runner, 1)).isEqualTo(new Role.Status(State.DONE, "counted"));
  }

  // Repeated, for threads are started and ended side by side with the asking.
  @RepeatedTest(200)
  void rolesDrainedWhileTheyWaitForAStageDoNotBegin() throws Exception {
    WaitingRole joiner = new WaitingRole("joiner", null);
    WaitingRole counter = new WaitingRole("counter", null);
    RoleRunner runner = new RoleRunner(List.of(joiner), List.of(counter));

    runner.start();
    runner.drain();
    runner.await();

    assertThat(counter.ranOn).isNull();
    assertThat(joiner.ranOn).isNotNull();
    assertThat(statusOf(runner, 1))
        .isEqualTo(new Role.Status(State.DONE, "drained before it began"));
    assertThat(runner.failure()).isNull();
  }

  @Test
  void aStageThatFailsLetsNoOtherBegin() throws Exception {
    FailureException broken = new FailureException("broken");
    WaitingRole counter = new WaitingRole("counter", null);
    RoleRunner runner =
        new RoleRunner(List.of(new WaitingRole("joiner", broken)), List.of(counter));

    runner.start();
    runner.await();

    assertThat(runner.failure()).isSameAs(broken);
    assertThat(counter.ranOn).isNull();
    assertThat(statusOf(runner, 1).state()).isEqualTo(State.DONE);
  }

  @Test
  void theSummarysSecondsAreOfBothStagesAndItsRateOfTheSecond() throws Exception {
    RoleRunner runner =
        new RoleRunner(
            List.of(role("joiner", context -> lasting(200))),
            List.of(role("counter", context -> lasting(50), Map.of("events", 100))));
    runner.start();
    runner.await();

    double seconds = (double) Objects.requireNonNull(runner.summary().get("seconds"));
    double rate = (double) Objects.requireNonNull(runner.summary().get("events_per_second"));
    assertThat(seconds).isGreaterThanOrEqualTo(0.25);
    assertThat(100 / rate).isBetween(0.05, seconds - 0.2);
  }

  private static String lasting(long ms) throws InterruptedException {
    new CountDownLatch(1).await(ms, TimeUnit.MILLISECONDS);
    return "done";
  }

  @Test
  void whatARoleOwnsIsClosedInReverseEvenIfOneCannotBe() throws Exception {
    List<String> closed = new ArrayList<>();
    RoleRunner runner =
        runner(
            context -> {
              context.own(() -> closed.add("first"));
              context.own(
                  () -> {
                    throw new IOException("stuck");
                  });
              context.own(() -> closed.add("last"));
              return "done";
            });

    runner.start();
    runner.await();

    assertThat(closed).containsExactly("last", "first");
    assertThat(runner.failure())
        .hasMessage("cannot close the sampler's clients")
        .hasSuppressedException(new IOException("stuck"));
    assertThat(status(runner).state()).isEqualTo(State.FAILED);
  }

  @Test
  void theEndOfARunIsItsStatus() throws Exception {
    assertThat(ended(context -> "at the end")).isEqualTo(new Role.Status(State.DONE, "at the end"));
    assertThat(
            ended(
                context -> {
                  throw new FailureException("no room");
                }))
        .isEqualTo(new Role.Status(State.FAILED, "no room"));
    assertThat(
            ended(
                context -> {
                  throw new IllegalStateException();
                }))
        .isEqualTo(new Role.Status(State.FAILED, "java.lang.IllegalStateException"));
  }

  @Test
  void aRoleStoppedBeforeItRanIsDoneAndOneStoppedAfterwardsHasFailed() throws Exception {
    assertThat(
            ended(
                context -> {
                  context.status(State.WAITING, "waiting for the counter");
                  return unanswered(context);
                }))
        .isEqualTo(new Role.Status(State.DONE, "drained before it began"));
    assertThat(
            ended(
                context -> {
                  context.status(State.RUNNING, "sampling");
                  return unanswered(context);
                }))
        .extracting(Role.Status::state)
        .isEqualTo(State.FAILED);
  }

  @Test
  void aBrokerThatIsAwayIsTheStatusUntilItAnswers() throws Exception {
    CountDownLatch away = new CountDownLatch(1);
    CountDownLatch seen = new CountDownLatch(1);
    RoleRunner runner =
        runner(
            context -> {
              context.status(State.RUNNING, "sampling");
              context.retry().unanswered("commit", new TimeoutException("no answer"));
              away.countDown();
              seen.await();
              context.retry().answered();
              context.awaitDraining(Duration.ofMinutes(1));
              return "drained";
            });
    assertThat(status(runner)).isEqualTo(new Role.Status(State.STARTING, "starting"));

    runner.start();
    away.await();
    assertThat(status(runner).state()).isEqualTo(State.WAITING);
    assertThat(status(runner).detail()).contains("cannot commit yet");
    seen.countDown();
    await().until(() -> status(runner).detail().equals("sampling"));
    runner.drain();
    runner.await();
    assertThat(status(runner)).isEqualTo(new Role.Status(State.DONE, "drained"));
  }

  private interface Work {
    String run(RoleContext context) throws Exception;
  }

  private static String unanswered(RoleContext context) {
    return context
        .retry()
        .until(
            "begin",
            () -> {
              throw new TimeoutException("no answer");
            });
  }

  private static Role.Status ended(Work work) throws Exception {
    RoleRunner runner = runner(work);
    runner.drain();
    runner.start();
    runner.await();
    return status(runner);
  }

  private static Role.Status status(RoleRunner runner) {
    return statusOf(runner, 0);
  }

  private static Role.Status statusOf(RoleRunner runner, int role) {
    return runner.roles().get(role).status();
  }

  private static RoleRunner runner(Work work) {
    return new RoleRunner(List.of(role("sampler", work)));
  }

  private static Role role(String name, Work work) {
    return role(name, work, Map.of());
  }

  private static Role outlived(Exception failure) {
    Role failing =
        role(
            "judge",
            context -> {
              throw failure;
            });
    return new Role() {
      @Override
      public String name() {
        return failing.name();
      }

      @Override
      public String run(RoleContext context) throws Exception {
        return failing.run(context);
      }

      @Override
      public boolean outlived() {
        return true;
      }

      @Override
      public Map<String, Object> summary() {
        return Map.of();
      }
    };
  }

  private static Role role(String name, Work work, Map<String, Object> summary) {
    return new Role() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public String run(RoleContext context) throws Exception {
        return work.run(context);
      }

      @Override
      public Map<String, Object> summary() {
        return summary;
      }
    };
  }

  /** Runs until drained, or throws at once. */
  private static final class WaitingRole implements Role {
    private final String name;
    private final @Nullable RuntimeException failure;
    private volatile @Nullable Thread ranOn;
    private volatile @Nullable Thread closedBy;

    WaitingRole(String name, @Nullable RuntimeException failure) {
      this.name = name;
      this.failure = failure;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String run(RoleContext context) throws InterruptedException {
      context.own(() -> closedBy = Thread.currentThread());
      ranOn = Thread.currentThread();
      if (failure != null) {
        throw failure;
      }
      assertThat(context.awaitDraining(Duration.ofMinutes(1))).isTrue();
      return "drained";
    }

    @Override
    public Map<String, Object> summary() {
      return Map.of(name, 1);
    }
  }
}
