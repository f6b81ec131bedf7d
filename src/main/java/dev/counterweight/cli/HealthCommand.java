package dev.counterweight.cli;

import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Asks a running process for its health: for container engines, in an image without a shell. */
@Command(
    name = "health",
    description =
        "Ask a running process on this host whether it is live, or ready; exit 0 if so, 1 if not.")
final class HealthCommand extends Subcommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  @Option(
      names = "--port",
      defaultValue = "${env:COUNTERWEIGHT_METRICS_PORT:-9464}",
      paramLabel = "N",
      description = "metrics.port of the process; default ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--ready",
      description = "Ask whether every role works or stands by, not only whether none has failed.")
  private boolean ready;

  @Override
  int run(PrintWriter out) throws InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + (ready ? "/health/ready" : "/health/live"));
    HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    try {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(),
              HttpResponse.BodyHandlers.ofString());
      out.print(response.body());
      return response.statusCode() == 200 ? 0 : Main.FAILED;
    } catch (IOException e) {
      throw new FailureException("no answer from " + uri + ": " + e, e);
    }
  }
}
