package dev.counterweight.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.counterweight.config.RegistryConfig;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.jspecify.annotations.Nullable;

/**
 * Single requests to a registry, each bounded in time and size; redirects are not followed, since
 * they would take the credentials along. Thread-safe.
 */
final class RegistryCalls {
  /** Most bytes of an answer. */
  static final int MAX_ANSWER_BYTES = 4 << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryConfig config;
  private final HttpClient http;

  /** What a registry answered that may be believed: JSON, with 200 or 404, or what refuses it. */
  record Answer(int status, JsonNode body) {
    boolean ok() {
      return status == 200;
    }

    /** Whether it says by its own code that there is no such thing. */
    boolean unknown() {
      return !ok() && body.path("error_code").asInt() / 100 == 404;
    }
  }

  /** There was no answer, or none that says anything of what was asked. */
  static final class NoAnswerException extends Exception {
    private static final long serialVersionUID = 1L;

    NoAnswerException(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * @throws FailureException if the trust or key stores cannot be used
   */
  RegistryCalls(RegistryConfig config) {
    this.config = config;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(config.timeout());
    if (!config.ssl().isEmpty()) {
      builder.sslContext(sslContext(config.ssl()));
    }
    this.http = builder.build();
  }

  /**
   * Gets what stands under a path.
   *
   * @throws FailureException if the registry refuses the credentials
   */
  Answer get(String path) throws NoAnswerException {
    return answer(URI.create(config.url() + path), null);
  }

  /**
   * Posts JSON to a path; a refusal of it (409, 422) is an answer too.
   *
   * @throws FailureException if the registry refuses the credentials
   */
  Answer post(String path, String json) throws NoAnswerException {
    return answer(URI.create(config.url() + path), json);
  }

  private Answer answer(URI uri, @Nullable String posted) throws NoAnswerException {
    HttpResponse<byte[]> response = send(uri, posted);
    int status = response.statusCode();
    if (status == 401 || status == 403) {
      throw new FailureException(
          "the schema registry %s %s: %s"
              .formatted(
                  config.url(),
                  status == 401
                      ? "asks who this is (401)"
                      : "does not allow to %s schemas (403)"
                          .formatted(posted == null ? "read" : "register"),
                  config.user() == null && config.token() == null
                      ? "set events.schema.registry.user and .password, or .token"
                      : "it refuses events.schema.registry."
                          + (config.user() == null ? "token" : "user and .password")));
    }
    boolean refused = posted != null && (status == 409 || status == 422);
    if (status != 200 && status != 404 && !refused) {
      throw new NoAnswerException(
          "%s says %d%s"
              .formatted(
                  uri,
                  status,
                  response.headers().firstValue("location").map(to -> ", go to " + to).orElse("")));
    }
    return new Answer(status, json(uri, status, response.body()));
  }

  private static JsonNode json(URI uri, int status, byte[] body) throws NoAnswerException {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      if (status == 404) {
        return MissingNode.getInstance();
      }
      throw new NoAnswerException(uri + " answers with what is not JSON");
    }
  }

  private HttpResponse<byte[]> send(URI uri, @Nullable String posted) throws NoAnswerException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(config.timeout())
            .header("Accept", "application/vnd.schemaregistry.v1+json, application/json");
    if (posted != null) {
      request
          .header("Content-Type", "application/vnd.schemaregistry.v1+json")
          .POST(HttpRequest.BodyPublishers.ofString(posted));
    }
    if (config.user() != null) {
      byte[] pair = (config.user() + ":" + config.password()).getBytes(StandardCharsets.UTF_8);
      request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
    } else if (config.token() != null) {
      request.header("Authorization", "Bearer " + config.token());
    }
    // Waited for here, because the request's own timeout ends with the answer's head.
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(request.build(), head -> new BoundedBody(MAX_ANSWER_BYTES));
    try {
      return answer.get(config.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new NoAnswerException(
          uri + " did not answer within " + config.timeout().toMillis() + " ms");
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new NoAnswerException("interrupted");
    } catch (ExecutionException e) {
      throw new NoAnswerException(uri + ": " + why(e.getCause() == null ? e : e.getCause()));
    }
  }

  private static String why(Throwable cause) {
    if (cause instanceof ConnectException) {
      return "no connection";
    }
    String message = cause.getMessage();
    return cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }

  private static SSLContext sslContext(Map<String, String> settings) {
    ConfigDef known = new ConfigDef();
    SslConfigs.addClientSslSupport(known);
    DefaultSslEngineFactory stores = new DefaultSslEngineFactory();
    try {
      stores.configure(new HashMap<>(known.parse(settings)));
      return stores.sslContext();
    } catch (ConfigException e) {
      throw unusable(e);
    } catch (KafkaException e) {
      throw unusable(e.getCause() == null ? e : e.getCause());
    }
  }

  private static FailureException unusable(Throwable cause) {
    return new FailureException(
        "events.schema.registry.ssl.* cannot be used: " + cause.getMessage(), cause);
  }
}
