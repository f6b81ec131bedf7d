package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.MetricsConfig;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.runtime.Telemetry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HealthCommandTest {
  @Test
  void theExitCodeTellsLiveAndReady() {
    Standing role = new Standing();
    try (Telemetry telemetry = new Telemetry();
        HttpEndpoint endpoint =
            HttpEndpoint.start(
                new MetricsConfig("127.0.0.1", 0), telemetry, Health.of(List.of(role)), Map.of())) {
      assertThat(health(endpoint.port()).code()).isZero();
      Outcome ready = health(endpoint.port(), "--ready");
      assertThat(ready.code()).isEqualTo(1);
      assertThat(ready.text()).contains("\"state\":\"starting\"");

      role.state = Role.State.RUNNING;
      assertThat(health(endpoint.port(), "--ready").code()).isZero();

      role.state = Role.State.FAILED;
      assertThat(health(endpoint.port()).code()).isEqualTo(1);
    }
  }

  @Test
  void nobodyThereIsOneLine() {
    Outcome nobody = health(1);

    assertThat(nobody.code()).isEqualTo(1);
    assertThat(nobody.text()).startsWith("error: no answer from http://127.0.0.1:1/health/live");
    assertThat(nobody.text().lines()).hasSize(1);
  }

  private static Outcome health(int port, String... more) {
    List<String> args = new ArrayList<>(List.of("health", "--port", Integer.toString(port)));
    args.addAll(List.of(more));
    return Outcome.of(args);
  }

  private static final class Standing implements RoleView {
    private volatile Role.State state = Role.State.STARTING;

    @Override
    public String name() {
      return "sampler";
    }

    @Override
    public Role.Status status() {
      return new Role.Status(state, "as the test says");
    }
  }
}
