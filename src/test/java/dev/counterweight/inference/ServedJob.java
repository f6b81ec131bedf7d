package dev.counterweight.inference;

import dev.counterweight.config.ScoresHttpConfig;
import dev.counterweight.event.EventSchema;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A server of a job "fraud" for tests, and who asks it. */
public final class ServedJob implements AutoCloseable {
  public static final String JOB = "fraud";

  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final InferenceServer server;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  public ServedJob(ModelSource models) {
    this(plain(1 << 20, 10_000), models);
  }

  ServedJob(ScoresHttpConfig config, ModelSource models) {
    this(config, Limits.of(config.maxRequestBytes(), config.maxRows()), models);
  }

  ServedJob(ScoresHttpConfig config, Limits limits, ModelSource models) {
    server =
        InferenceServer.start(
            config, limits, JOB, EventSchema.Envelope.NONE, models, new JobMeters(registry, JOB));
  }

  static ScoresHttpConfig plain(int bytes, int rows) {
    return new ScoresHttpConfig("127.0.0.1", 0, null, null, bytes, rows);
  }

  public String url() {
    return server.url();
  }

  int port() {
    return server.port();
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(url() + path)).GET());
  }

  HttpResponse<String> post(String path, String json) throws Exception {
    return send(
        HttpRequest.newBuilder(URI.create(url() + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(
        request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
  }

  /** How often requests of a kind were answered by a class of status. */
  double counted(String kind, @Nullable String status) {
    var found =
        status == null
            ? registry.find("counterweight.http.requests").tag("kind", kind)
            : registry.find("counterweight.http.requests").tags("kind", kind, "status", status);
    return found.counters().stream().mapToDouble(counter -> counter.count()).sum();
  }

  @Override
  public void close() {
    server.close();
  }
}
