package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.event.FeatureSchema;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers, whose length is not that of their requests, hold no more memory than they may. */
@Timeout(120)
class BoundedAnswersTest {
  private static final int CLASSES = 40;

  private final Limits limits =
      new Limits(
          1 << 20,
          10_000,
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          64,
          4 << 20);
  private final ServedJob job =
      new ServedJob(
          ServedJob.plain(limits.requestBytes(), limits.rows()),
          limits,
          TestModels.source(
              TestModels.mlp(
                  FeatureSchema.ofNumbers(TestModels.names(1)),
                  IntStream.range(0, CLASSES).mapToObj(c -> "c".repeat(60) + c).toList(),
                  7)));
  private final List<Socket> sockets = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    hangUp();
    job.close();
  }

  @Test
  void scoresThatWouldBeTooLongTogetherAreRefused() throws Exception {
    HttpResponse<String> response = job.post("/score", events(2000));

    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(response.body()).contains("longer than 4194304 bytes: send fewer rows at once");
    assertThat(job.post("/score", events(1000)).statusCode()).isEqualTo(200);
  }

  @Test
  void tensorsThatWouldBeTooLongAreRefused() throws Exception {
    HttpResponse<String> response = job.post("/v2/models/fraud/infer", rows(10_000));

    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(response.body()).contains("longer than 4194304 bytes");
    assertThat(job.post("/v2/models/fraud/infer", rows(4000)).statusCode()).isEqualTo(200);
  }

  @Test
  void answersThatNobodyReadsHoldNoMoreMemoryThanTheyMay() throws Exception {
    String body = events(1000);
    for (int i = 0; i < 16; i++) {
      askAndReadNothing(body);
    }

    await().atMost(Duration.ofSeconds(30)).until(() -> job.counted("score", null) == 16);
    assertThat(job.counted("score", "5xx")).isPositive();
    assertThat(job.counted("score", "2xx")).isPositive();
    assertThat(job.post("/score", events(1)).statusCode()).isEqualTo(200);

    hangUp();
    // What they held is free again.
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> job.post("/score", body).statusCode() == 200);
  }

  private void askAndReadNothing(String body) throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress("127.0.0.1", job.port()));
    socket
        .getOutputStream()
        .write(
            ("POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: "
                    + body.length()
                    + "\r\n\r\n"
                    + body)
                .getBytes(ISO_8859_1));
  }

  private void hangUp() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private static String events(int count) {
    return "[" + "{\"f0\":1},".repeat(count - 1) + "{\"f0\":1}]";
  }

  private static String rows(int count) {
    return "{\"inputs\":[{\"name\":\"f0\",\"shape\":[%d],\"datatype\":\"FP32\",\"data\":[%s1]}]}"
        .formatted(count, "1,".repeat(count - 1));
  }
}
