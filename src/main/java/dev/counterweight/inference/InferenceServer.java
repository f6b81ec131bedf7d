package dev.counterweight.inference;

import dev.counterweight.config.ScoresHttpConfig;
import dev.counterweight.event.EventSchema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.JobMeters;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Answers requests for scores over HTTP: the Open Inference Protocol below {@code /v2}, and events
 * as JSON at {@code /score}. What a request may take is bounded ({@link Limits}), and no thread
 * waits for a client. Thread-safe.
 */
public final class InferenceServer implements AutoCloseable {
  private static final Duration CLOSING = Duration.ofSeconds(5);
  private static final int HEADER_BYTES = 8 << 10;
  private static final int SPARE_THREADS = 8;

  private final Server server;
  private final ServerConnector connector;
  private final Conversations conversations;
  private final Desk desk;
  private final boolean secured;
  private final String host;

  private InferenceServer(
      ScoresHttpConfig config, Limits limits, String job, Answers answers, JobMeters meters) {
    this.conversations = new Conversations(limits);
    this.desk = new Desk(answers, new InferenceMeters(meters, conversations::size), limits);
    this.host = config.host();
    this.secured = config.tls() != null;
    int selectors = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    QueuedThreadPool threads = new QueuedThreadPool(selectors + 1 + SPARE_THREADS, selectors + 2);
    threads.setName("counterweight-scores");
    threads.setDaemon(true);
    this.server = new Server(threads);
    this.connector = connector(config, limits, selectors);
    server.addConnector(connector);
    server.setErrorHandler(this::unreadable);
    server.setHandler(
        new InferenceHandler(
            desk, job, config.token() == null ? null : new BearerToken(config.token())));
  }

  /**
   * Binds and serves until closed.
   *
   * @param job the model's name
   * @param envelope what events are wrapped in
   * @throws FailureException if the address cannot be bound, or a PEM file not be read
   */
  public static InferenceServer start(
      ScoresHttpConfig config,
      String job,
      EventSchema.Envelope envelope,
      ModelSource models,
      JobMeters meters) {
    Limits limits = Limits.of(config.maxRequestBytes(), config.maxRows());
    return start(config, limits, job, envelope, models, meters);
  }

  static InferenceServer start(
      ScoresHttpConfig config,
      Limits limits,
      String job,
      EventSchema.Envelope envelope,
      ModelSource models,
      JobMeters meters) {
    EventForm form = new EventForm(envelope, limits.requestBytes());
    Answers answers = new Answers(job, version(), models, limits, form);
    InferenceServer started = new InferenceServer(config, limits, job, answers, meters);
    try {
      started.server.start();
    } catch (Exception e) {
      started.close();
      throw new FailureException(
          "scores.port=%d on scores.host=%s cannot be used (%s): set another, or 0 for any free port"
              .formatted(config.port(), config.host(), reason(e)),
          e);
    }
    return started;
  }

  private static String version() {
    String version = InferenceServer.class.getPackage().getImplementationVersion();
    return version == null ? "source" : version;
  }

  private ServerConnector connector(ScoresHttpConfig config, Limits limits, int selectors) {
    HttpConfiguration http = new HttpConfiguration();
    http.setRequestHeaderSize(HEADER_BYTES);
    http.setSendServerVersion(false);
    http.setSendDateHeader(false);
    HttpConnectionFactory plain = new HttpConnectionFactory(http);
    ServerConnector made =
        config.tls() == null
            ? new FairConnector(server, selectors, plain)
            : new FairConnector(server, selectors, tls(config.tls(), plain), plain);
    made.setHost(config.host());
    made.setPort(config.port());
    made.setIdleTimeout(limits.idleTime().toMillis());
    made.addBean(conversations);
    return made;
  }

  private static SslConnectionFactory tls(ScoresHttpConfig.Tls files, HttpConnectionFactory inner) {
    SslContextFactory.Server context = new SslContextFactory.Server();
    context.setKeyStore(PemFiles.store(files));
    context.setKeyStorePassword(PemFiles.PASSWORD);
    context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    return new SslConnectionFactory(context, inner.getProtocol());
  }

  private static String reason(Throwable e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  /** Answers what is no request that could be read. */
  private boolean unreadable(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    String message = String.valueOf(request.getAttribute(ErrorHandler.ERROR_MESSAGE));
    if (request.getAttribute(ErrorHandler.ERROR_EXCEPTION) instanceof HttpException e) {
      status = e.getCode();
      message = e.getReason();
    }
    if (message == null || message.equals("null")) {
      message = HttpStatus.getMessage(status);
    }
    long sinceNs = System.nanoTime();
    int told = status;
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    byte[] body = Reply.error(status, "the request cannot be read: " + message).body();
    response.write(
        true,
        ByteBuffer.wrap(body),
        Callback.from(callback, () -> desk.meters().answered(Kind.OTHER, told, 0, sinceNs)));
    return true;
  }

  /** The port bound, also where 0 was asked for. */
  public int port() {
    return connector.getLocalPort();
  }

  /** Where it is served, as a URL without path. */
  public String url() {
    return (secured ? "https://" : "http://") + host + ":" + port();
  }

  /**
   * Takes no more connections, and ends once what has been asked is answered, or after 5 s; then no
   * model is read any more, of work that has begun after the time of a request at most.
   */
  @Override
  public void close() {
    connector.setAccepting(false);
    long untilNs = System.nanoTime() + CLOSING.toNanos();
    try {
      while (conversations.anyOpen() && System.nanoTime() - untilNs < 0) {
        Thread.sleep(10);
      }
      server.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IllegalStateException("cannot stop answering on " + url(), e);
    } finally {
      conversations.close();
      desk.close();
    }
  }
}
