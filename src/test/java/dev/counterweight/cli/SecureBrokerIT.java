package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.counterweight.cli.DocumentedRights.Right;
import dev.counterweight.demo.Certificates;
import dev.counterweight.demo.SecureBroker;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A broker with TLS, SCRAM and ACLs: who may get in, what they may do, and what they are told. */
@Timeout(240)
class SecureBrokerIT {
  private static final List<String> ROLES = List.of("counter", "sampler", "trainer");
  private static final String JOB = "fraud";
  private static final String EVENTS = "payments";
  private static final String WRONG = "wr0ng-pa55word-not-to-be-seen";
  private static final int SENT = 400;

  @TempDir static Path folder;
  private static SecureBroker broker;
  private static Path trusted;
  private static Path stranger;
  private static Path operator;
  private static final StringBuffer LOGGED = new StringBuffer();
  private static final Recorder RECORDER = new Recorder();

  /** Every line of any library's log, from INFO on, where Kafka's clients tell their settings. */
  private static final class Recorder extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      LOGGED.append(event.getFormattedMessage()).append('\n');
      if (event.getThrowableProxy() != null) {
        LOGGED.append(ThrowableProxyUtil.asString(event.getThrowableProxy())).append('\n');
      }
    }
  }

  record Outcome(int code, String text, double seconds) {}

  @BeforeAll
  static void startBroker() throws Exception {
    Certificates certificates = new Certificates(folder);
    trusted = certificates.authority("authority");
    Path good = certificates.signed("broker", "authority", false);
    Path expired = certificates.signed("old-broker", "authority", true);
    operator = certificates.signed("operator", "authority", false);
    certificates.authority("other");
    stranger = certificates.signed("stranger", "other", false);
    broker =
        SecureBroker.start(folder.resolve("broker"), good, expired, trusted, "User:CN=operator");
    broker.addUsers(
        Map.of(
            "counter", password("counter"),
            "sampler", password("sampler"),
            "trainer", password("trainer")));
    for (String role : ROLES) {
      Files.writeString(folder.resolve(role + ".secret"), "password=" + password(role));
    }
    Files.writeString(folder.resolve("wrong.secret"), "password=" + WRONG);
    Files.writeString(folder.resolve("store.secret"), "password=" + Certificates.PASSWORD);
    broker
        .admin()
        .createTopics(List.of(new NewTopic(EVENTS, Optional.of(2), Optional.empty())))
        .all()
        .get(30, TimeUnit.SECONDS);
    sendEvents();
    Files.write(folder.resolve("open.properties"), settings("open", "counter"));
    assertThat(run("topics", "open").code()).isZero();
  }

  @AfterAll
  static void stopBroker() {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(RECORDER);
    ((Logger) LoggerFactory.getLogger("org.apache.kafka.clients")).setLevel(null);
    ((Logger) LoggerFactory.getLogger("org.apache.kafka.common")).setLevel(null);
    if (broker != null) {
      broker.close();
    }
  }

  @BeforeAll
  static void record() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    RECORDER.setContext(root.getLoggerContext());
    RECORDER.start();
    root.addAppender(RECORDER);
    ((Logger) LoggerFactory.getLogger("org.apache.kafka.clients")).setLevel(Level.INFO);
    ((Logger) LoggerFactory.getLogger("org.apache.kafka.common")).setLevel(Level.INFO);
  }

  @AfterEach
  void noSecretWasLogged() {
    assertThat(LOGGED.toString()).as("the search reads what clients tell").contains("sasl.jaas");
    assertThatNoSecretIsIn(LOGGED.toString());
  }

  @Test
  void rolesTrainWithTheDocumentedRightsAndNameEachThatIsTakenAway() throws Exception {
    List<Right> all = DocumentedRights.of(JOB, EVENTS);
    for (String role : ROLES) {
      List<Right> own = all.stream().filter(right -> right.role().equals(role)).toList();
      assertThat(own).hasSizeGreaterThan(5);
      // Without Create first, while there is something to create; then what is met on the way to
      // work, so that the internal topics are there when their other rights are asked for.
      for (Right taken :
          own.stream().sorted(Comparator.comparing(SecureBrokerIT::order)).toList()) {
        allow(all, taken);
        assertNamed(taken, run(role, "secure"));
      }
      allow(all, null);
      Outcome outcome = run(role, "secure");
      assertThat(outcome.code()).as(role + ": " + outcome.text()).isZero();
    }
    assertThat(Files.readString(folder.resolve("counter.json"))).contains("\"events\" : " + SENT);
    assertThat(Files.readString(folder.resolve("trainer.json"))).contains("checkpoint");
  }

  @Test
  void aWrongPasswordIsOneLine() throws IOException {
    assertRefused(
        run("topics", "secure", login("counter", "wrong")), "login was refused", "credentials");
    assertRefused(run("counter", "secure", login("counter", "wrong")), "login was refused");
  }

  @Test
  void anExpiredCertificateIsOneLine() throws IOException {
    assertRefused(run("counter", "expired"), "certificate", "NotAfter");
  }

  @Test
  void anUnknownCertificateIsOneLine() throws IOException {
    assertRefused(
        run(
            "counter",
            "secure",
            "kafka.ssl.truststore.location=" + folder.resolve("other-trust.p12")),
        "certificate",
        "path");
  }

  @Test
  void plainTextToATlsPortIsOneLine() throws IOException {
    assertRefused(
        run("counter", "secure", "kafka.security.protocol=PLAINTEXT"),
        "no answer from bootstrap.servers=" + broker.secure(),
        "kafka.security.protocol=PLAINTEXT");
  }

  @Test
  void tlsToAPlainTextPortIsOneLine() throws IOException {
    assertRefused(
        run("counter", "secure", "bootstrap.servers=" + broker.open()),
        "no answer from",
        "kafka.security.protocol=SASL_SSL");
  }

  @Test
  void aClientsOwnCertificateLetsItInAndAStrangersDoesNot() throws IOException {
    Outcome known = run("topics", "mutual", key(operator).toArray(new String[0]));
    assertThat(known.code()).as(known.text()).isZero();
    assertThat(known.text()).contains("in place fraud.batches");

    assertRefused(run("counter", "mutual", key(stranger).toArray(new String[0])), "certificate");
    assertRefused(run("counter", "mutual"), "certificate");
  }

  @Test
  void aTrustStoreThatCannotBeOpenedIsOneLine() throws IOException {
    Outcome outcome =
        run(
            "counter",
            "secure",
            "kafka.ssl.truststore.password=${file:"
                + folder.resolve("wrong.secret")
                + ":password}");
    assertRefused(outcome, "authority-trust.p12", "password was incorrect");
  }

  @Test
  void aBrokenLoginLineIsToldWithoutTheSecretInIt() throws IOException {
    assertRefused(
        run("counter", "secure", "kafka.sasl.jaas.config=" + WRONG + " required a=" + WRONG),
        "kafka.",
        "JAAS");
  }

  @Test
  void checkTellsTheSameAndNoSecretIsInItsOutput() throws IOException {
    Outcome outcome = run("check", "secure", login("counter", "wrong"));

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.text()).contains("WRONG cluster: ", "login was refused");
    assertThatNoSecretIsIn(outcome.text());
  }

  private static void assertRefused(Outcome outcome, String... words) {
    assertThat(outcome.code()).as(outcome.text()).isEqualTo(1);
    assertThat(outcome.text().lines()).as(outcome.text()).hasSize(1);
    assertThat(outcome.text()).startsWith("error: ").contains(words);
    assertThat(outcome.seconds()).as(outcome.text()).isLessThan(20);
    assertThatNoSecretIsIn(outcome.text());
  }

  private static List<String> key(Path store) {
    return List.of(
        "kafka.ssl.keystore.location=" + store,
        "kafka.ssl.keystore.password=${file:" + folder.resolve("store.secret") + ":password}",
        "kafka.ssl.key.password=${file:" + folder.resolve("store.secret") + ":password}");
  }

  private static int order(Right right) {
    return right.operation() == AclOperation.CREATE
        ? 0
        : right.resource().resourceType() == ResourceType.TOPIC ? 2 : 1;
  }

  private static void allow(List<Right> all, @org.jspecify.annotations.Nullable Right but)
      throws Exception {
    List<AclBinding> bindings = new ArrayList<>();
    all.stream()
        .filter(right -> !right.equals(but))
        .forEach(right -> bindings.add(right.binding()));
    broker.allowOnly(bindings);
  }

  private static void assertNamed(Right taken, Outcome outcome) {
    assertThat(outcome.code()).as(taken + ": " + outcome.text()).isEqualTo(1);
    assertThat(outcome.text().lines()).as(taken + ": " + outcome.text()).hasSize(1);
    assertThat(outcome.text())
        .as(taken.toString())
        .startsWith("error: ")
        .containsIgnoringCase("authoriz")
        .containsIgnoringCase(
            taken.resource().resourceType() == ResourceType.TRANSACTIONAL_ID
                ? "transactional id"
                : taken.resource().name());
    assertThat(outcome.seconds()).as(taken.toString()).isLessThan(20);
    assertThatNoSecretIsIn(outcome.text());
  }

  static void assertThatNoSecretIsIn(String text) {
    assertThat(text)
        .doesNotContain(WRONG)
        .doesNotContain(Certificates.PASSWORD)
        .doesNotContain(password("counter"))
        .doesNotContain(password("sampler"))
        .doesNotContain(password("trainer"));
  }

  private static String password(String role) {
    return role + "-pa55word-not-to-be-seen";
  }

  /** Runs a role to the end, or another command, by way of a listener. */
  private static Outcome run(String roleOrCommand, String listener, String... more)
      throws IOException {
    boolean role = ROLES.contains(roleOrCommand);
    Path file = folder.resolve(roleOrCommand + "-" + listener + ".properties");
    List<String> lines = new ArrayList<>(settings(listener, role ? roleOrCommand : "counter"));
    lines.addAll(List.of(more));
    Files.write(file, lines);
    List<String> args = new ArrayList<>();
    args.addAll(List.of(role ? "run" : roleOrCommand, "--config", file.toString()));
    if (role) {
      Path summary = folder.resolve(roleOrCommand + ".json");
      args.addAll(
          List.of("--role", roleOrCommand, "--stop-at-end", "--summary", summary.toString()));
    }
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text, true);
    long startNs = System.nanoTime();
    int code = Main.execute(out, out, args.toArray(new String[0]));
    return new Outcome(code, text.toString(), (System.nanoTime() - startNs) / 1e9);
  }

  private static List<String> settings(String listener, String user) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "job=" + JOB,
                "instance.id=one",
                "events.topic=" + EVENTS,
                "events.label=class",
                "events.classes=ok,fraud",
                "events.features=amount",
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "metrics.port=0"));
    switch (listener) {
      case "open" -> lines.add("bootstrap.servers=" + broker.open());
      case "mutual" -> {
        lines.add("bootstrap.servers=" + broker.mutual());
        lines.add("kafka.security.protocol=SSL");
        lines.addAll(trust());
      }
      default -> {
        lines.add(
            "bootstrap.servers="
                + (listener.equals("expired") ? broker.expired() : broker.secure()));
        lines.add("kafka.security.protocol=SASL_SSL");
        lines.add("kafka.sasl.mechanism=SCRAM-SHA-512");
        lines.add(login(user, user));
        lines.addAll(trust());
      }
    }
    return lines;
  }

  private static List<String> trust() {
    return List.of(
        "kafka.ssl.truststore.location=" + trusted,
        "kafka.ssl.truststore.password=${file:" + folder.resolve("store.secret") + ":password}");
  }

  private static String login(String user, String secret) {
    return ("kafka.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required"
            + " username=\"%s\" password=\"${file:%s:password}\";")
        .formatted(user, folder.resolve(secret + ".secret"));
  }

  private static void sendEvents() throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", broker.open()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < SENT; i++) {
        String event =
            "{\"amount\":%d,\"class\":\"%s\"}".formatted(i % 17, i % 10 == 0 ? "fraud" : "ok");
        producer.send(
            new ProducerRecord<>(EVENTS, i % 2, null, event.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }
}
