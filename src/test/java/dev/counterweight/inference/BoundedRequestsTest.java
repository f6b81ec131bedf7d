package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.event.FeatureSchema;
import dev.counterweight.kafka.SlowClients;
import dev.counterweight.serving.ServedModel;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that take much, in bytes, rows or time, are bounded and do not keep others waiting. */
@Timeout(120)
class BoundedRequestsTest {
  private static final String GOOD = "{\"f0\":1,\"f1\":2}";
  private static final String HEAD =
      "POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  private static final int CONNECTIONS = 64;
  private static final ServedModel MODEL =
      TestModels.mlp(FeatureSchema.ofNumbers(TestModels.names(2)), List.of("ok", "fraud"), 7);

  private final Limits limits =
      new Limits(
          1 << 20,
          10_000,
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(30),
          CONNECTIONS,
          4 << 20);
  private final ServedJob job =
      new ServedJob(
          ServedJob.plain(limits.requestBytes(), limits.rows()), limits, TestModels.source(MODEL));
  private final List<Socket> sockets = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    job.close();
  }

  @Test
  void aBodyOfAMegabyteIsRefusedByItsLengthBeforeItIsSent() throws Exception {
    Socket socket = send(HEAD + "Content-Length: 1048577\r\n\r\n");

    assertThat(answer(socket)).startsWith("HTTP/1.1 413 ").contains("scores.max.request.bytes");
  }

  @Test
  void aBodyWithoutALengthIsRefusedOnceItIsTooLong() throws Exception {
    Socket socket = send(HEAD + "Transfer-Encoding: chunked\r\n\r\n");
    String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
    try {
      for (int i = 0; i < 17; i++) {
        socket.getOutputStream().write(chunk.getBytes(ISO_8859_1));
      }
    } catch (IOException e) {
      // the server hung up, as it may
    }

    await().atMost(Duration.ofSeconds(10)).until(() -> job.counted("score", "4xx") == 1);
    assertThat(job.post("/score", GOOD).statusCode()).isEqualTo(200);
  }

  @Test
  void aBodyOfNearlyAMegabyteIsAnswered() throws Exception {
    String event = "{\"f0\":1,\"f1\":2,\"text\":\"" + "x".repeat(200) + "\"}";
    String events = "[" + (event + ",").repeat(4300) + event + "]";
    assertThat(events.length()).isBetween(950_000, 1 << 20);

    HttpResponse<String> response = job.post("/score", events);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body().split("\"decision\"", -1)).hasSize(4302);
  }

  @Test
  void aHundredThousandRowsAreRefused() throws Exception {
    String zeros = "0,".repeat(199_999) + "0";

    HttpResponse<String> response =
        job.post(
            "/v2/models/fraud/infer",
            "{\"inputs\":[{\"name\":\"input\",\"shape\":[100000,2],\"datatype\":\"FP32\",\"data\":["
                + zeros
                + "]}]}");

    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(response.body()).contains("100000 rows: more than scores.max.rows=10000");
  }

  @Test
  void aSlowBodyIsRefusedInTime() throws Exception {
    Socket socket = send(HEAD + "Content-Length: 100\r\n\r\n{");
    long sinceNs = System.nanoTime();

    assertThat(answer(socket)).startsWith("HTTP/1.1 408 ").contains("within 1 s");
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNs)).isBetween(700L, 5000L);
    assertThat(job.counted("score", "4xx")).isEqualTo(1);
  }

  @Test
  void aSlowHeaderLosesItsConnectionInTime() throws Exception {
    Socket first = send("POST /score HT");
    Socket second = send(request(GOOD));
    assertThat(answer(second)).startsWith("HTTP/1.1 200 ");
    second.getOutputStream().write("POST /sc".getBytes(ISO_8859_1));

    assertThat(first.getInputStream().read()).isEqualTo(-1);
    assertThat(second.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void anIdleConnectionIsKeptForItsNextRequest() throws Exception {
    Socket socket = send(request(GOOD));
    assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
    // Longer than a request may take, told by another client's end.
    Socket slow = send("POST /score HT");
    assertThat(slow.getInputStream().read()).isEqualTo(-1);

    socket.getOutputStream().write(request(GOOD).getBytes(ISO_8859_1));
    assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void slowClientsKeepNobodyWaitingHoweverManyThereAre() throws Exception {
    try (SlowClients slow = new SlowClients(job.port(), 2 * CONNECTIONS)) {
      slow.awaitBytes(4 * CONNECTIONS);
      long slowestNs = 0;
      for (int i = 0; i < 50; i++) {
        long sinceNs = System.nanoTime();
        try (Socket socket = new Socket("127.0.0.1", job.port())) {
          socket.setSoTimeout(10_000);
          socket.getOutputStream().write(request(GOOD).getBytes(ISO_8859_1));
          assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
        }
        slowestNs = Math.max(slowestNs, System.nanoTime() - sinceNs);
      }
      assertThat(TimeUnit.NANOSECONDS.toMillis(slowestNs)).isLessThan(1000);
    }
  }

  @Test
  void ofTooManyConnectionsTheOneThatWaitsLongestMakesRoom() throws Exception {
    Limits patient =
        new Limits(
            1000,
            10,
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            4,
            1 << 20);
    try (ServedJob few =
            new ServedJob(ServedJob.plain(1000, 10), patient, TestModels.source(MODEL));
        Socket first = new Socket("127.0.0.1", few.port())) {
      first.setSoTimeout(10_000);
      await().until(() -> connections(few) == 1);
      for (int i = 0; i < 12; i++) {
        sockets.add(new Socket("127.0.0.1", few.port()));
      }

      assertThat(first.getInputStream().read()).isEqualTo(-1);
      assertThat(few.post("/score", GOOD).statusCode()).isEqualTo(200);
      await().untilAsserted(() -> assertThat(connections(few)).isLessThanOrEqualTo(4));
    }
  }

  @Test
  void bodiesOnTheirWayHoldNoMoreMemoryThanTheyMay() throws Exception {
    byte[] half = "x".repeat(600_000).getBytes(ISO_8859_1);
    for (int i = 0; i < 12; i++) {
      Socket socket = send(HEAD + "Content-Length: 1000000\r\n\r\n");
      try {
        socket.getOutputStream().write(half);
      } catch (IOException e) {
        // refused, and hung up
      }
    }

    await().atMost(Duration.ofSeconds(10)).until(() -> job.counted("score", "5xx") > 0);
    assertThat(job.post("/score", GOOD).statusCode()).isEqualTo(200);
    // What they held is free again.
    await().atMost(Duration.ofSeconds(10)).until(() -> job.counted("score", null) >= 13);
    String event = "{\"f0\":1,\"f1\":2,\"text\":\"" + "x".repeat(900_000) + "\"}";
    assertThat(job.post("/score", event).statusCode()).isEqualTo(200);
  }

  @Test
  void longRequestsDoNotKeepShortOnesWaiting() throws Exception {
    String zeros = "0,".repeat(19_999) + "0";
    String body =
        "{\"inputs\":[{\"name\":\"input\",\"shape\":[10000,2],\"datatype\":\"FP32\",\"data\":["
            + zeros
            + "]}]}";
    String head =
        HEAD.replace("/score", "/v2/models/fraud/infer")
            + "Content-Length: "
            + body.length()
            + "\r\n\r\n";
    for (int i = 0; i < 32; i++) {
      send(head + body);
    }
    for (int i = 0; i < 20; i++) {
      assertThat(job.post("/score", GOOD).statusCode()).isEqualTo(200);
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> job.counted("infer", null) == 32);
  }

  @Test
  void shortRequestsOfManyRowsAreLeftToAnotherThread() throws Exception {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    ModelSource source =
        new ModelSource() {
          @Override
          public List<ServedModel> loaded() {
            threads.add(Thread.currentThread().getName());
            return List.of(MODEL);
          }

          @Override
          public Optional<String> obstacle() {
            return Optional.empty();
          }
        };
    try (ServedJob watched = new ServedJob(source)) {
      for (int rows : new int[] {64, 65}) {
        String events = "[" + (GOOD + ",").repeat(rows - 1) + GOOD + "]";
        String tensor =
            "{\"inputs\":[{\"name\":\"input\",\"shape\":[%d,2],\"datatype\":\"FP32\",\"data\":[%s1]}]}"
                .formatted(rows, "1,".repeat(2 * rows - 1));
        for (String[] request :
            new String[][] {{"/score", events}, {"/v2/models/fraud/infer", tensor}}) {
          threads.clear();
          assertThat(watched.post(request[0], request[1]).statusCode()).isEqualTo(200);
          assertThat(threads.contains("counterweight-scores-worker")).isEqualTo(rows > 64);
        }
      }
    }
  }

  private Socket send(String text) throws IOException {
    Socket socket = new Socket("127.0.0.1", job.port());
    socket.setSoTimeout(10_000);
    sockets.add(socket);
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    return socket;
  }

  private static String request(String body) {
    return HEAD + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  /** What came first: an answer this short comes in one piece. */
  private static String answer(Socket socket) throws IOException {
    byte[] bytes = new byte[4096];
    int read = socket.getInputStream().read(bytes);
    return read < 0 ? "" : new String(bytes, 0, read, ISO_8859_1);
  }

  private static double connections(ServedJob of) {
    return of.registry.get("counterweight.http.connections").gauge().value();
  }
}
