package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.MetricsConfig;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.runtime.Telemetry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HealthCommandTest {
  private final StringWriter text = new StringWriter();

  @Test
  void theExitCodeTellsLiveAndReady() {
    Standing role = new Standing();
    try (Telemetry telemetry = new Telemetry();
        HttpEndpoint endpoint =
            HttpEndpoint.start(
                new MetricsConfig("127.0.0.1", 0), telemetry, Health.of(List.of(role)), Map.of())) {
      assertThat(health(endpoint.port())).isZero();
      assertThat(health(endpoint.port(), "--ready")).isEqualTo(1);
      assertThat(text.toString()).contains("\"state\":\"starting\"");

      role.state = Role.State.RUNNING;
      assertThat(health(endpoint.port(), "--ready")).isZero();

      role.state = Role.State.FAILED;
      assertThat(health(endpoint.port())).isEqualTo(1);
    }
  }

  @Test
  void nobodyThereIsOneLine() {
    assertThat(health(1)).isEqualTo(1);
    assertThat(text.toString()).startsWith("error: no answer from http://127.0.0.1:1/health/live");
    assertThat(text.toString().lines()).hasSize(1);
  }

  private int health(int port, String... more) {
    PrintWriter out = new PrintWriter(text, true);
    String[] args = new String[3 + more.length];
    args[0] = "health";
    args[1] = "--port";
    args[2] = Integer.toString(port);
    System.arraycopy(more, 0, args, 3, more.length);
    return Main.execute(out, out, args);
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
