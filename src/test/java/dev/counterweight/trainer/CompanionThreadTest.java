package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompanionThreadTest {
  private final CompanionThread companion = new CompanionThread("companion");

  @AfterEach
  void close() {
    companion.close();
  }

  @Test
  void bothWorkAtOnce() {
    CountDownLatch met = new CountDownLatch(2);

    assertThat(companion.<Boolean>run(() -> meet(met), () -> meet(met))).isTrue();
  }

  @Test
  void whatOneDidTheOwnerSees() {
    int[] done = new int[1];

    for (int i = 0; i < 1_000; i++) {
      companion.run(() -> done[0]++, () -> "");
    }

    assertThat(done[0]).isEqualTo(1_000);
  }

  @Test
  void itIsNotDoneBeforeTheOtherIsThoughThisFailed() {
    AtomicBoolean done = new AtomicBoolean();
    Supplier<String> here =
        () -> {
          throw new IllegalStateException("here");
        };

    assertThatThrownBy(() -> companion.run(onceAwaited(done), here)).hasMessage("here");

    assertThat(done).isTrue();
  }

  @Test
  void anInterruptWaitsUntilBothAreDone() {
    AtomicBoolean done = new AtomicBoolean();
    Supplier<String> here =
        () -> {
          Thread.currentThread().interrupt();
          return "";
        };

    companion.run(onceAwaited(done), here);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(done).isTrue();
  }

  @Test
  void whatTheOtherThrowsIsThrownAsItIs() {
    Runnable beside =
        () -> {
          throw new IllegalStateException("beside");
        };

    assertThatThrownBy(() -> companion.run(beside, () -> ""))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("beside");
  }

  /** Is done once its owner waits for it. */
  private static Runnable onceAwaited(AtomicBoolean done) {
    Thread owner = Thread.currentThread();
    return () -> {
      await().until(() -> owner.getState() == Thread.State.WAITING);
      done.set(true);
    };
  }

  private static boolean meet(CountDownLatch latch) {
    latch.countDown();
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
