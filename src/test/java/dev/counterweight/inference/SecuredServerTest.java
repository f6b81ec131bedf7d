package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.ScoresHttpConfig;
import dev.counterweight.demo.Certificates;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A certificate from PEM files, and a token that requests must bear. */
@Timeout(60)
class SecuredServerTest {
  private static final String TOKEN = "t0ken-nobody-guesses";
  private static final ModelSource MODELS =
      TestModels.source(
          TestModels.mlp(FeatureSchema.ofNumbers(List.of("f0")), List.of("ok", "fraud"), 7));

  @TempDir Path folder;

  @Test
  void whoTrustsTheAuthorityIsAnsweredOverTlsAndNobodyElse() throws Exception {
    Path trust = new Certificates(folder).authority("ca");
    try (ServedJob job = secured(null)) {
      assertThat(job.url()).startsWith("https://");
      HttpRequest request = score(job.url(), null);

      assertThat(trusting(trust).send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
      assertThatThrownBy(
              () -> HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()))
          .isInstanceOf(SSLHandshakeException.class);
      assertThat(plainText(job.port())).doesNotContain("200");
      assertThat(trusting(trust).send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void aHandshakeThatNeverEndsIsEnded() throws Exception {
    new Certificates(folder).authority("ca");
    try (ServedJob job = secured(null);
        Socket socket = new Socket("127.0.0.1", job.port())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(new byte[] {22, 3, 1});

      // An alert, perhaps, and the end.
      assertThat(socket.getInputStream().readAllBytes()).hasSizeLessThan(20);
    }
  }

  @Test
  void onlyTheTokenOpens() throws Exception {
    ScoresHttpConfig config = new ScoresHttpConfig("127.0.0.1", 0, null, TOKEN, 1 << 20, 100);
    try (ServedJob job = new ServedJob(config, MODELS)) {
      HttpClient client = HttpClient.newHttpClient();
      for (String wrong : List.of("", "Bearer", "Bearer x", "Basic " + TOKEN, TOKEN)) {
        HttpResponse<String> refused =
            client.send(
                score(job.url(), wrong.isEmpty() ? null : wrong),
                HttpResponse.BodyHandlers.ofString());
        assertThat(refused.statusCode()).as(wrong).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        assertThat(refused.body()).startsWith("{\"error\":").doesNotContain(TOKEN);
      }
      assertThat(
              client
                  .send(score(job.url(), "Bearer " + TOKEN), HttpResponse.BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(200);
      assertThat(job.get("/v2/models/fraud").statusCode()).isEqualTo(401);
      assertThat(job.get("/v2/health/ready").statusCode()).isEqualTo(200);
    }
  }

  /** Else a client sends its next request where nobody listens any more. */
  @Test
  void whoIsRefusedBeforeItsBodyCameIsToldThatTheConnectionEnds() throws Exception {
    ScoresHttpConfig config = new ScoresHttpConfig("127.0.0.1", 0, null, TOKEN, 1 << 20, 100);
    try (ServedJob job = new ServedJob(config, MODELS);
        Socket socket = new Socket("127.0.0.1", job.port())) {
      socket.setSoTimeout(30_000);
      socket
          .getOutputStream()
          .write(
              "POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\n"
                  .getBytes(UTF_8));

      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .startsWith("HTTP/1.1 401")
          .containsIgnoringCase("connection: close");
    }
  }

  @Test
  void filesThatCannotBeUsedAreNamed() throws Exception {
    Certificates certificates = new Certificates(folder);
    certificates.authority("ca");
    Files.writeString(
        folder.resolve("old.pem"),
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
    Files.writeString(folder.resolve("empty.pem"), "");
    ScoresHttpConfig.Tls right = tls("server");

    assertRefused(
        new ScoresHttpConfig.Tls(folder.resolve("none"), right.key()), "none cannot be read");
    assertRefused(
        new ScoresHttpConfig.Tls(folder.resolve("empty.pem"), right.key()), "empty.pem is empty");
    assertRefused(
        new ScoresHttpConfig.Tls(right.certificate(), folder.resolve("old.pem")),
        "holds RSA PRIVATE KEY: must be BEGIN PRIVATE KEY (PKCS #8");
    assertRefused(
        new ScoresHttpConfig.Tls(right.certificate(), right.certificate()),
        "holds CERTIFICATE: must be BEGIN PRIVATE KEY");
    assertRefused(
        new ScoresHttpConfig.Tls(right.certificate(), tls("another").key()), "are no pair");
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      ScoresHttpConfig config =
          new ScoresHttpConfig("127.0.0.1", taken.getLocalPort(), null, null, 1 << 20, 100);

      assertThatThrownBy(() -> new ServedJob(config, MODELS))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("scores.port=" + taken.getLocalPort());
    }
  }

  private void assertRefused(ScoresHttpConfig.Tls tls, String message) {
    assertThatThrownBy(
            () ->
                new ServedJob(new ScoresHttpConfig("127.0.0.1", 0, tls, null, 1 << 20, 100), MODELS)
                    .close())
        .isInstanceOf(FailureException.class)
        .hasMessageContaining(message);
  }

  private ServedJob secured(@Nullable String token) throws Exception {
    return new ServedJob(
        new ScoresHttpConfig("127.0.0.1", 0, tls("server"), token, 1 << 20, 100), MODELS);
  }

  /** PEM files of a key that the authority signed. */
  private ScoresHttpConfig.Tls tls(String name) throws Exception {
    Path store = new Certificates(folder).signed(name, "ca", false);
    char[] password = Certificates.PASSWORD.toCharArray();
    KeyStore keys = KeyStore.getInstance(store.toFile(), password);
    StringBuilder chain = new StringBuilder("subject=what openssl writes before it\n");
    for (Certificate certificate : keys.getCertificateChain("own")) {
      chain.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    return new ScoresHttpConfig.Tls(
        Files.writeString(folder.resolve(name + ".crt.pem"), chain),
        Files.writeString(
            folder.resolve(name + ".key.pem"),
            pem("PRIVATE KEY", keys.getKey("own", password).getEncoded())));
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder().encodeToString(der), kind);
  }

  private static HttpClient trusting(Path store) throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(KeyStore.getInstance(store.toFile(), Certificates.PASSWORD.toCharArray()));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  private static HttpRequest score(String url, @Nullable String authorization) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + "/score"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"f0\":1}"));
    return (authorization == null ? request : request.header("Authorization", authorization))
        .build();
  }

  private static String plainText(int port) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write("GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), US_ASCII);
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
