package dev.counterweight.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.counterweight.config.RegistryConfig;
import dev.counterweight.demo.Certificates;
import dev.counterweight.event.SchemaId;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that shows a certificate of its own authority, and wants one of its clients. */
class RegistryTlsTest {
  @TempDir private static Path dir;
  private static HttpsServer server;
  private static Path trust;
  private static Path own;

  @BeforeAll
  static void start() throws Exception {
    Certificates certificates = new Certificates(dir);
    trust = certificates.authority("authority");
    own = certificates.signed("client", "authority", false);
    SSLContext context = SSLContext.getInstance("TLS");
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store(certificates.signed("server", "authority", false)), password());
    TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
    trusted.init(store(trust));
    context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = context.getDefaultSSLParameters();
            wanted.setNeedClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "{\"schema\": \"x\"}".getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  @Test
  void storesAsKafkaHasThemProveWhoIsWho() throws Exception {
    assertThat(
            ask(
                Map.of(
                    "ssl.truststore.location",
                    trust.toString(),
                    "ssl.truststore.type",
                    "PKCS12",
                    "ssl.truststore.password",
                    Certificates.PASSWORD,
                    "ssl.keystore.location",
                    own.toString(),
                    "ssl.keystore.type",
                    "PKCS12",
                    "ssl.keystore.password",
                    Certificates.PASSWORD)))
        .isEqualTo("x");
  }

  @Test
  void pemFilesDoSoToo() throws Exception {
    KeyStore keys = store(own);
    String chain = "";
    for (Certificate certificate : keys.getCertificateChain("own")) {
      chain += pem("CERTIFICATE", certificate.getEncoded());
    }
    String key = pem("PRIVATE KEY", keys.getKey("own", password()).getEncoded());
    String authority = pem("CERTIFICATE", store(trust).getCertificate("ca").getEncoded());

    assertThat(
            ask(
                Map.of(
                    "ssl.truststore.location",
                    file("trust.pem", authority),
                    "ssl.truststore.type",
                    "PEM",
                    "ssl.keystore.location",
                    file("client.pem", key + chain),
                    "ssl.keystore.type",
                    "PEM")))
        .isEqualTo("x");
    assertThat(
            ask(
                Map.of(
                    "ssl.truststore.certificates", authority,
                    "ssl.truststore.type", "PEM",
                    "ssl.keystore.key", key,
                    "ssl.keystore.certificate.chain", chain,
                    "ssl.keystore.type", "PEM")))
        .isEqualTo("x");
  }

  @Test
  void aRegistryThatIsNotTrustedOrDoesNotTrustIsWaitedFor() {
    assertThatThrownBy(() -> ask(Map.of())).isInstanceOf(SchemaUnavailableException.class);
    assertThatThrownBy(
            () ->
                ask(
                    Map.of(
                        "ssl.truststore.location",
                        trust.toString(),
                        "ssl.truststore.type",
                        "PKCS12",
                        "ssl.truststore.password",
                        Certificates.PASSWORD)))
        .isInstanceOf(SchemaUnavailableException.class);
  }

  @Test
  void aStoreThatCannotBeReadIsAFailureThatDoesNotShowItsPassword() {
    assertThatThrownBy(
            () ->
                ask(
                    Map.of(
                        "ssl.truststore.location", trust.toString(),
                        "ssl.truststore.type", "PKCS12",
                        "ssl.truststore.password", "not-that-one")))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("events.schema.registry.ssl.* cannot be used")
        .hasMessageNotContaining("not-that-one");
  }

  private static String ask(Map<String, String> ssl) throws Exception {
    RegistryConfig config =
        new RegistryConfig(
            URI.create("https://127.0.0.1:" + server.getAddress().getPort()),
            null,
            null,
            null,
            Duration.ofSeconds(20),
            ssl);
    JobMeters meters = new JobMeters(new SimpleMeterRegistry(), "job");
    return new SchemaRegistry(config, "sampler", meters).schema(new SchemaId.Number(1)).text();
  }

  private static String file(String name, String text) throws Exception {
    return Files.writeString(dir.resolve(name), text).toString();
  }

  private static String pem(String what, byte[] bytes) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, Base64.getMimeEncoder().encodeToString(bytes), what);
  }

  private static KeyStore store(Path file) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, password());
    }
    return store;
  }

  private static char[] password() {
    return Certificates.PASSWORD.toCharArray();
  }
}
