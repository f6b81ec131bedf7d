package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleContext;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFailureIT {
  @TempDir Path dir;
  private final List<IdleRole> roles = new ArrayList<>();
  private final StringWriter said = new StringWriter();

  @Test
  void aRoleThatFailsEndsTheDemoWithItsFailureAndLeavesNothingRunning() {
    FailureException failure = new FailureException("no room for the model");
    Demo demo =
        demo(
            dir.resolve("out"),
            (config, clients, registry) -> {
              IdleRole sound = role(null);
              // The second job's second role.
              IdleRole other = role(config.job().equals("rebalanced") ? failure : null);
              return List.of(sound, other);
            });
    assertThatThrownBy(demo::run).isSameAs(failure);
    assertThat(roles).hasSize(4).allMatch(role -> role.closed);
    assertThat(dir.resolve("out").resolve("broker")).doesNotExist();
  }

  @Test
  void aStoppedDemoStillDrainsAndReports() throws Exception {
    Demo[] self = new Demo[1];
    Demo demo =
        demo(
            dir.resolve("out"),
            (config, clients, registry) -> {
              self[0].stop();
              return List.of(role(null));
            });
    self[0] = demo;
    demo.run();
    assertThat(roles).hasSize(2).allMatch(role -> role.closed);
    assertThat(dir.resolve("out").resolve("report.html")).exists();
    assertThat(said.toString()).contains("Bpv.Close", "balanced accuracy", "report.html");
  }

  @Test
  void aFolderWithSomethingInItIsRefused() throws Exception {
    Files.writeString(dir.resolve("report.html"), "mine");
    Demo demo = demo(dir, (config, clients, registry) -> List.of());
    assertThatThrownBy(demo::run)
        .isInstanceOf(FailureException.class)
        .hasMessageContaining(dir + " is not empty");
    assertThat(dir.resolve("report.html")).hasContent("mine");
  }

  private Demo demo(Path output, Demo.Roles roles) {
    return Demo.shuttle(
        new Demo.Options(2000, 1, null, false, output, 0),
        new Demo.Setting(roles, Clock.systemUTC(), new PrintWriter(said), false));
  }

  private IdleRole role(@Nullable RuntimeException failure) {
    IdleRole role = new IdleRole(failure);
    roles.add(role);
    return role;
  }

  /** Waits to be drained, or fails at once. */
  private static final class IdleRole implements Role {
    private final @Nullable RuntimeException failure;
    private volatile boolean closed;

    IdleRole(@Nullable RuntimeException failure) {
      this.failure = failure;
    }

    @Override
    public String name() {
      return "idle" + System.identityHashCode(this);
    }

    @Override
    public String run(RoleContext context) throws InterruptedException {
      context.own(() -> closed = true);
      if (failure != null) {
        throw failure;
      }
      while (!context.awaitDraining(Duration.ofMinutes(1))) {
        // Nothing to do.
      }
      return "idle";
    }

    @Override
    public Map<String, Object> summary() {
      return Map.of();
    }
  }
}
