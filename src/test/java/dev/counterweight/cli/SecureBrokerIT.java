package dev.counterweight.cli;

import static dev.counterweight.cli.SecureCluster.EVENTS;
import static dev.counterweight.cli.SecureCluster.JOB;
import static dev.counterweight.cli.SecureCluster.LABELS;
import static dev.counterweight.cli.SecureCluster.ROLES;
import static dev.counterweight.cli.SecureCluster.SENT;
import static dev.counterweight.cli.SecureCluster.WRONG;
import static dev.counterweight.cli.SecureCluster.password;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.counterweight.cli.DocumentedRights.Right;
import dev.counterweight.cli.SecureCluster.Outcome;
import dev.counterweight.demo.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
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
  @TempDir static Path folder;
  private static SecureCluster cluster;
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

  @BeforeAll
  static void startCluster() throws Exception {
    cluster = new SecureCluster(folder);
    assertThat(cluster.run("topics", "open").code()).isZero();
  }

  @AfterAll
  static void stopBroker() {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(RECORDER);
    ((Logger) LoggerFactory.getLogger("org.apache.kafka.clients")).setLevel(null);
    ((Logger) LoggerFactory.getLogger("org.apache.kafka.common")).setLevel(null);
    if (cluster != null) {
      cluster.close();
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
        cluster.allow(all, taken);
        assertNamed(taken, cluster.run(role, "secure"));
      }
      cluster.allow(all, null);
      Outcome outcome = cluster.run(role, "secure");
      assertThat(outcome.code()).as(role + ": " + outcome.text()).isZero();
    }
    assertThat(Files.readString(folder.resolve("counter.json"))).contains("\"events\" : " + SENT);
    assertThat(Files.readString(folder.resolve("trainer.json"))).contains("checkpoint");
    // The counter's user may not read what the trainer writes.
    Outcome report = cluster.run("report", "secure");
    assertThat(report.code()).isEqualTo(1);
    assertThat(report.text().lines()).as(report.text()).hasSize(1);
    assertThat(report.text()).contains("not authorized", JOB + ".metrics");
  }

  @Test
  void aJoinerWorksWithTheDocumentedRightsAndNamesEachThatIsTakenAway() throws Exception {
    String job = "late";
    List<Right> all = DocumentedRights.of(job, job + ".labelled", EVENTS, LABELS);
    String[] labels = {
      "job=" + job,
      "labels.topic=" + LABELS,
      "labels.label=class",
      "labels.wait=1h",
      "labels.state.dir=" + folder.resolve("waiting")
    };
    cluster.sendLabels();
    assertThat(cluster.run("topics", "open", labels).code()).isZero();
    for (Right taken :
        all.stream()
            .filter(right -> right.role().equals("joiner"))
            // That is for topics of which a side is read anew by another key.
            .filter(right -> right.operation() != AclOperation.DELETE)
            .sorted(Comparator.comparing(SecureBrokerIT::order))
            .toList()) {
      cluster.allow(all, taken);
      assertNamed(taken, cluster.run("joiner", "secure", labels));
    }
    cluster.allow(all, null);
    for (String role : List.of("joiner", "counter", "sampler", "trainer")) {
      Outcome outcome = cluster.run(role, "secure", labels);
      assertThat(outcome.code()).as(role + ": " + outcome.text()).isZero();
    }
    assertThat(Files.readString(folder.resolve("joiner.json")))
        .contains("\"matched\" : " + SENT)
        .contains("\"waiting\" : 0");
    assertThat(Files.readString(folder.resolve("counter.json"))).contains("\"events\" : " + SENT);
  }

  @Test
  void aScorerWorksWithTheDocumentedRightsAndNamesEachThatIsTakenAway() throws Exception {
    String job = "answers";
    String[] settings = {
      "job=" + job, "checkpoint.dir=" + folder.resolve(job), "scores.events.topic=" + EVENTS
    };
    List<Right> all = DocumentedRights.of(job, EVENTS);
    assertThat(cluster.run("topics", "open", settings).code()).isZero();
    cluster.allow(all, null);
    for (String role : ROLES) {
      assertThat(cluster.run(role, "secure", settings).code()).as(role).isZero();
    }
    for (Right taken :
        all.stream()
            .filter(right -> right.role().equals("scorer"))
            .sorted(Comparator.comparing(SecureBrokerIT::order))
            .toList()) {
      cluster.allow(all, taken);
      assertNamed(taken, cluster.run("scorer", "secure", settings));
    }
    cluster.allow(all, null);
    Outcome outcome = cluster.run("scorer", "secure", settings);
    assertThat(outcome.code()).as(outcome.text()).isZero();
    assertThat(Files.readString(folder.resolve("scorer.json"))).contains("\"scores\" : " + SENT);
  }

  @Test
  void aReplayNamesEachDocumentedRightThatIsTakenAway() throws Exception {
    List<Right> all = DocumentedRights.of(JOB, EVENTS);
    cluster.sendLetter();
    for (Right taken : all.stream().filter(right -> right.role().equals("replayer")).toList()) {
      cluster.allow(all, taken);
      assertNamed(taken, cluster.execute("dead-letters", "secure", List.of("replay")));
    }
    cluster.allow(all, null);
    Outcome outcome = cluster.execute("dead-letters", "secure", List.of("replay"));
    assertThat(outcome.code()).as(outcome.text()).isZero();
    assertThat(outcome.text()).contains("1 events published to topic '" + EVENTS + "'");
  }

  /**
   * From the end of the path to its beginning, so that the others have work until it is their turn.
   */
  @Test
  void aRightTakenAwayWhileARoleWorksEndsItWithOneLine() throws Exception {
    String job = "revoked";
    List<Right> all = DocumentedRights.of(job, EVENTS);
    cluster.allow(all, null);
    assertThat(cluster.run("topics", "open", "job=" + job).code()).isZero();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      Map<String, Future<Outcome>> running = new HashMap<>();
      for (String role : ROLES) {
        Callable<Outcome> run = () -> cluster.execute(role, "secure", List.of(), "job=" + job);
        running.put(role, threads.submit(run));
      }
      await("all three work")
          .atMost(Duration.ofSeconds(90))
          .until(
              () -> {
                for (Future<Outcome> role : running.values()) {
                  assertThat(role.isDone() ? role.get().text() : "").isEmpty();
                }
                return cluster.end(job + ".metrics") > 0;
              });

      List<Right> left = new ArrayList<>(all);
      for (String[] taken :
          new String[][] {
            {"trainer", job + ".batches"}, {"sampler", job + ".batches"}, {"counter", EVENTS}
          }) {
        Future<Outcome> role = requireNonNull(running.get(taken[0]));
        assertThat(role).as(taken[0]).isNotDone();
        left.removeIf(r -> r.role().equals(taken[0]) && r.resource().name().equals(taken[1]));
        cluster.allow(left, null);
        cluster.sendEvents();

        Outcome outcome = role.get(60, TimeUnit.SECONDS);

        assertThat(outcome.code()).as(outcome.text()).isEqualTo(1);
        assertThat(outcome.text().lines()).as(outcome.text()).hasSize(1);
        assertThat(outcome.text()).startsWith("error: ").containsIgnoringCase("authoriz");
        assertThat(outcome.text()).contains(taken[1]);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aWrongPasswordIsOneLine() throws IOException {
    assertRefused(
        cluster.run("topics", "secure", cluster.login("counter", "wrong")),
        "login was refused",
        "credentials");
    assertRefused(
        cluster.run("counter", "secure", cluster.login("counter", "wrong")), "login was refused");
  }

  @Test
  void anExpiredCertificateIsOneLine() throws IOException {
    assertRefused(cluster.run("counter", "expired"), "certificate", "NotAfter");
  }

  @Test
  void anUnknownCertificateIsOneLine() throws IOException {
    assertRefused(
        cluster.run(
            "counter",
            "secure",
            "kafka.ssl.truststore.location=" + folder.resolve("other-trust.p12")),
        "certificate",
        "path");
  }

  @Test
  void plainTextToATlsPortIsOneLine() throws IOException {
    assertRefused(
        cluster.run("topics", "secure", "kafka.security.protocol=PLAINTEXT"),
        "no answer from bootstrap.servers=" + cluster.broker().secure(),
        "kafka.security.protocol=PLAINTEXT");
  }

  @Test
  void tlsToAPlainTextPortIsOneLine() throws IOException {
    assertRefused(
        cluster.run("topics", "secure", "bootstrap.servers=" + cluster.broker().open()),
        "no answer from",
        "kafka.security.protocol=SASL_SSL");
  }

  @Test
  void aClientsOwnCertificateLetsItInAndAStrangersDoesNot() throws IOException {
    Outcome known = cluster.run("topics", "mutual", cluster.key("operator").toArray(new String[0]));
    assertThat(known.code()).as(known.text()).isZero();
    assertThat(known.text()).contains("in place fraud.batches");

    assertRefused(
        cluster.run("counter", "mutual", cluster.key("stranger").toArray(new String[0])),
        "certificate");
    assertRefused(cluster.run("counter", "mutual"), "certificate");
  }

  @Test
  void aTrustStoreThatCannotBeOpenedIsOneLine() throws IOException {
    Outcome outcome =
        cluster.run(
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
        cluster.run(
            "counter", "secure", "kafka.sasl.jaas.config=" + WRONG + " required a=" + WRONG),
        "kafka.",
        "JAAS");
  }

  @Test
  void checkTellsTheSameAndNoSecretIsInItsOutput() throws IOException {
    Outcome outcome = cluster.run("check", "secure", cluster.login("counter", "wrong"));

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

  private static int order(Right right) {
    return right.operation() == AclOperation.CREATE
        ? 0
        : right.resource().resourceType() == ResourceType.TOPIC ? 2 : 1;
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

  private static void assertThatNoSecretIsIn(String text) {
    assertThat(text)
        .doesNotContain(WRONG)
        .doesNotContain(Certificates.PASSWORD)
        .doesNotContain(password("joiner"))
        .doesNotContain(password("counter"))
        .doesNotContain(password("sampler"))
        .doesNotContain(password("trainer"))
        .doesNotContain(password("scorer"));
  }
}
