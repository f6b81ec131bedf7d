package dev.counterweight.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
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

  /** Runs until drained, or throws at once. */
  private static final class WaitingRole implements Role {
    private final String name;
    private final @Nullable RuntimeException failure;
    private final CountDownLatch drained = new CountDownLatch(1);
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
    public void run() throws InterruptedException {
      ranOn = Thread.currentThread();
      if (failure != null) {
        throw failure;
      }
      drained.await();
    }

    @Override
    public void drain() {
      drained.countDown();
    }

    @Override
    public Status status() {
      return new Status(State.RUNNING, "");
    }

    @Override
    public Map<String, Object> summary() {
      return Map.of(name, 1);
    }

    @Override
    public void close() {
      closedBy = Thread.currentThread();
    }
  }
}
