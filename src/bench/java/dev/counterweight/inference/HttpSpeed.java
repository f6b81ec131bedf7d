package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.ScoresHttpConfig;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.exporting.MadeCheckpoint;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.SafeTensors;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Requests a second and latencies of scores over HTTP, beside a bare endpoint of the same server
 * that reads the same request and answers a constant of the same length, in one run. One event of
 * 30 features a request, networks of 64-32, kept connections, each with one request on its way. The
 * client is one thread of this process. Run by hand, from the classes of the tests, with the
 * collector of the launcher, {@code -XX:+UseSerialGC}:
 *
 * <pre>
 * HttpSpeed SECONDS ROUNDS [default]
 * </pre>
 *
 * <p>The model is one network; or, by {@code default}, all that a job with default settings may
 * serve: four networks and a guest, copies by rank, a calibrator and balanced decisions.
 *
 * <p>In each round every endpoint is asked in turn on 1, 16 and 64 connections; what is told are
 * the medians of the rounds, after one that does not count.
 */
final class HttpSpeed {
  private static final int FEATURES = 30;
  private static final int[] CONNECTIONS = {1, 16, 64};

  private HttpSpeed() {}

  public static void main(String[] args) throws Exception {
    double seconds = Double.parseDouble(args[0]);
    int rounds = Integer.parseInt(args[1]);
    boolean mixed = args.length > 2 && args[2].equals("default");
    StoredCheckpoint checkpoint = checkpoint(mixed);
    InferenceServer served =
        InferenceServer.start(
            new ScoresHttpConfig("127.0.0.1", 0, null, null, 1 << 20, 10_000),
            ServedJob.JOB,
            EventSchema.Envelope.NONE,
            TestModels.source(ServedCheckpoint.of(checkpoint)),
            new JobMeters(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT), ServedJob.JOB));
    List<String> values = values(MadeCheckpoint.parameters(checkpoint));
    byte[] score = post("/score", event(values));
    byte[] infer = post("/v2/models/fraud/infer", tensor(values));
    try (served;
        Bare bareScore = bare(served, score);
        Bare bareInfer = bare(served, infer)) {
      Map<String, List<KeptConnections.Figures>> all = new TreeMap<>();
      for (int round = 0; round <= rounds; round++) {
        for (int connections : CONNECTIONS) {
          ask(all, "bare, event", bareScore.port(), connections, score, seconds, round > 0);
          ask(all, "score", served.port(), connections, score, seconds, round > 0);
          ask(all, "bare, tensor", bareInfer.port(), connections, infer, seconds, round > 0);
          ask(all, "infer", served.port(), connections, infer, seconds, round > 0);
        }
      }
      for (int connections : CONNECTIONS) {
        tell(all, connections, "score", "bare, event");
        tell(all, connections, "infer", "bare, tensor");
      }
    }
  }

  /** Answers as many bytes as the model does to a request. */
  private static Bare bare(InferenceServer served, byte[] request) throws Exception {
    return new Bare(KeptConnections.ask(served.port(), 1, request, 0.1).answerBytes());
  }

  private static void ask(
      Map<String, List<KeptConnections.Figures>> all,
      String what,
      int port,
      int connections,
      byte[] request,
      double seconds,
      boolean counts)
      throws Exception {
    KeptConnections.Figures figures = KeptConnections.ask(port, connections, request, seconds);
    if (counts) {
      all.computeIfAbsent(what + " " + connections, key -> new ArrayList<>()).add(figures);
    }
  }

  private static void tell(
      Map<String, List<KeptConnections.Figures>> all, int connections, String what, String beside) {
    KeptConnections.Figures own = median(all.getOrDefault(what + " " + connections, List.of()));
    KeptConnections.Figures bare = median(all.getOrDefault(beside + " " + connections, List.of()));
    System.out.printf(
        "%2d connections, %s: %,.0f requests/s (p50 %.3f ms, p99 %.3f ms); bare %,.0f (%.3f, %.3f):"
            + " %.2f; server's threads %.1f us a request, bare %.1f%n",
        connections,
        what,
        own.perSecond(),
        own.p50Ms(),
        own.p99Ms(),
        bare.perSecond(),
        bare.p50Ms(),
        bare.p99Ms(),
        own.perSecond() / bare.perSecond(),
        own.processorUs(),
        bare.processorUs());
  }

  private static KeptConnections.Figures median(List<KeptConnections.Figures> rounds) {
    return new KeptConnections.Figures(
        median(rounds.stream().mapToDouble(KeptConnections.Figures::perSecond).toArray()),
        median(rounds.stream().mapToDouble(KeptConnections.Figures::p50Ms).toArray()),
        median(rounds.stream().mapToDouble(KeptConnections.Figures::p99Ms).toArray()),
        median(rounds.stream().mapToDouble(KeptConnections.Figures::processorUs).toArray()),
        rounds.get(0).answerBytes());
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private static StoredCheckpoint checkpoint(boolean mixed) {
    MadeCheckpoint made =
        new MadeCheckpoint(7)
            .features(FeatureSchema.ofNumbers(TestModels.names(FEATURES)))
            .classes(List.of("ok", "fraud"))
            .layers("relu", 64, 32);
    if (mixed) {
      made.quantiles(64).candidates(new Candidates(2, true, true), 0.2, 0.2, 0.2, 0.1, 0.3);
    }
    return made.make();
  }

  /** Numbers within a standard deviation of the means. */
  private static List<String> values(SafeTensors model) {
    float[] mean = model.floats("normalizer.mean");
    float[] std = model.floats("normalizer.std");
    return IntStream.range(0, FEATURES)
        .mapToObj(f -> String.valueOf(Math.round(1e4 * (mean[f] + std[f] * Math.sin(f + 1))) / 1e4))
        .toList();
  }

  private static String event(List<String> values) {
    return IntStream.range(0, FEATURES)
        .mapToObj(f -> "\"f%d\":%s".formatted(f, values.get(f)))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String tensor(List<String> values) {
    return """
    {"inputs":[{"name":"input","shape":[1,%d],"datatype":"FP32","data":[%s]}]}\
    """
        .formatted(FEATURES, String.join(",", values));
  }

  private static byte[] post(String path, String body) {
    return ("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: %d\r\n\r\n%s")
        .formatted(path, body.length(), body)
        .getBytes(ISO_8859_1);
  }

  /** The same server with the same settings, and nothing in it. */
  private static final class Bare extends Handler.Abstract.NonBlocking implements AutoCloseable {
    private final Server server;
    private final ServerConnector connector;
    private final ByteBuffer answer;

    Bare(int answerBytes) throws Exception {
      answer = ByteBuffer.wrap("x".repeat(answerBytes).getBytes(ISO_8859_1));
      int selectors = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
      QueuedThreadPool threads = new QueuedThreadPool(selectors + 9, selectors + 2);
      threads.setDaemon(true);
      server = new Server(threads);
      HttpConfiguration http = new HttpConfiguration();
      http.setSendServerVersion(false);
      http.setSendDateHeader(false);
      connector = new FairConnector(server, selectors, new HttpConnectionFactory(http));
      connector.setHost("127.0.0.1");
      server.addConnector(connector);
      server.setHandler(this);
      server.start();
    }

    int port() {
      return connector.getLocalPort();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      read(request, response, callback);
      return true;
    }

    private void read(Request request, Response response, Callback callback) {
      for (Content.Chunk chunk = request.read(); ; chunk = request.read()) {
        if (chunk == null) {
          request.demand(
              Invocable.from(
                  Invocable.InvocationType.NON_BLOCKING, () -> read(request, response, callback)));
          return;
        }
        chunk.release();
        if (chunk.isLast()) {
          break;
        }
      }
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
      response.write(true, answer.slice(), callback);
    }

    @Override
    public void close() throws Exception {
      server.stop();
    }
  }
}
