package dev.counterweight.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** .ci/dependencies: says what is known, and is in nobody's way where it cannot ask. */
class DependencyCheckTest {
  private static final String BILL =
      """
      {"components": [
        {"purl": "pkg:maven/org.example/sound@2.0?type=jar"},
        {"purl": "pkg:maven/org.example/broken@1.0?classifier=any&type=jar"}]}
      """;

  @TempDir private Path folder;

  @Test
  void aKnownVulnerabilityIsNamed() throws Exception {
    AtomicReference<String> question = new AtomicReference<>("");
    HttpServer osv =
        answering(200, "{\"results\": [{\"vulns\": [{\"id\": \"CVE-1\"}]}, {}]}", question);
    try {
      Programs.Outcome outcome = check("http://127.0.0.1:" + osv.getAddress().getPort());

      assertThat(outcome.code()).as(outcome.err()).isEqualTo(1);
      assertThat(outcome.out())
          .contains("pkg:maven/org.example/broken@1.0: https://osv.dev/CVE-1\n")
          .doesNotContain("sound")
          .contains("1 of 2 libraries");
      assertThat(question.get()).contains("\"pkg:maven/org.example/broken@1.0\"");
    } finally {
      osv.stop(0);
    }
  }

  @Test
  void whoDoesNotAnswerWellIsNotWaitedForAndNothingIsRed() throws Exception {
    HttpServer broken = answering(500, "", new AtomicReference<>(""));
    HttpServer puzzling = answering(200, "[]", new AtomicReference<>(""));
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (int port :
          new int[] {
            silent.getLocalPort(),
            broken.getAddress().getPort(),
            puzzling.getAddress().getPort(),
            closedPort()
          }) {
        Programs.Outcome outcome = check("http://127.0.0.1:" + port);

        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).startsWith("dependency check skipped: http://127.0.0.1:" + port);
      }
    } finally {
      broken.stop(0);
      puzzling.stop(0);
    }
  }

  private Programs.Outcome check(String osv) throws IOException {
    Programs.require(Programs.has("python3", "--version"), "python3");
    Path bill = Files.writeString(folder.resolve("bom.json"), BILL);
    return Programs.run(
        "env", "OSV_URL=" + osv, "OSV_TIMEOUT_S=2", ".ci/dependencies", bill.toString());
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static HttpServer answering(int code, String body, AtomicReference<String> question)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    server.createContext(
        "/v1/querybatch",
        exchange -> {
          question.set(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          byte[] answer = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(code, answer.length == 0 ? -1 : answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return server;
  }
}
