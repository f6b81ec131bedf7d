package dev.counterweight.cli;

import dev.counterweight.cli.DocumentedRights.Right;
import dev.counterweight.demo.Certificates;
import dev.counterweight.demo.SecureBroker;
import dev.counterweight.letters.LetterHeaders;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A broker that nobody gets into unless allowed, a user for each role, some events, and the
 * commands run against it by way of a listener: open, secure, expired or mutual.
 */
final class SecureCluster implements AutoCloseable {
  static final List<String> ROLES = List.of("counter", "sampler", "trainer");
  static final String JOB = "fraud";
  static final String EVENTS = "payments";
  static final String LABELS = "chargebacks";
  static final String WRONG = "wr0ng-pa55word-not-to-be-seen";
  static final int SENT = 400;

  private final Path folder;
  private final Path trusted;
  private final SecureBroker broker;

  /** How a command ended, and all that it printed. */
  record Outcome(int code, String text, double seconds) {}

  SecureCluster(Path folder) throws Exception {
    this.folder = folder;
    Certificates certificates = new Certificates(folder);
    this.trusted = certificates.authority("authority");
    Path good = certificates.signed("broker", "authority", false);
    Path expired = certificates.signed("old-broker", "authority", true);
    certificates.signed("operator", "authority", false);
    certificates.authority("other");
    certificates.signed("stranger", "other", false);
    this.broker =
        SecureBroker.start(folder.resolve("broker"), good, expired, trusted, "User:CN=operator");
    List<String> users = List.of("joiner", "counter", "sampler", "trainer", "scorer", "replayer");
    broker.addUsers(users.stream().collect(Collectors.toMap(user -> user, user -> password(user))));
    for (String role : users) {
      Files.writeString(folder.resolve(role + ".secret"), "password=" + password(role));
    }
    Files.writeString(folder.resolve("wrong.secret"), "password=" + WRONG);
    Files.writeString(folder.resolve("store.secret"), "password=" + Certificates.PASSWORD);
    broker
        .admin()
        .createTopics(
            List.of(
                new NewTopic(EVENTS, Optional.of(2), Optional.empty()),
                new NewTopic(LABELS, Optional.of(2), Optional.empty())))
        .all()
        .get(30, TimeUnit.SECONDS);
    sendEvents();
  }

  SecureBroker broker() {
    return broker;
  }

  @Override
  public void close() {
    broker.close();
  }

  List<String> key(String holder) {
    Path store = folder.resolve(holder + ".p12");
    return List.of(
        "kafka.ssl.keystore.location=" + store,
        "kafka.ssl.keystore.password=${file:" + folder.resolve("store.secret") + ":password}",
        "kafka.ssl.key.password=${file:" + folder.resolve("store.secret") + ":password}");
  }

  void allow(List<Right> all, @org.jspecify.annotations.Nullable Right but) throws Exception {
    List<AclBinding> bindings = new ArrayList<>();
    all.stream()
        .filter(right -> !right.equals(but))
        .forEach(right -> bindings.add(right.binding()));
    broker.allowOnly(bindings);
  }

  static String password(String role) {
    return role + "-pa55word-not-to-be-seen";
  }

  /** Runs a role to the end, or another command, by way of a listener. */
  Outcome run(String roleOrCommand, String listener, String... more) throws IOException {
    boolean role = isRole(roleOrCommand);
    Path summary = folder.resolve(roleOrCommand + ".json");
    return execute(
        roleOrCommand,
        listener,
        role ? List.of("--stop-at-end", "--summary", summary.toString()) : List.of(),
        more);
  }

  Outcome execute(String roleOrCommand, String listener, List<String> options, String... more)
      throws IOException {
    boolean role = isRole(roleOrCommand);
    Path file = folder.resolve(roleOrCommand + "-" + listener + ".properties");
    List<String> lines = new ArrayList<>(settings(listener, user(roleOrCommand)));
    if (List.of(more).contains("labels.topic=" + LABELS)) {
      lines.remove("events.label=class");
    }
    lines.addAll(List.of(more));
    Files.write(file, lines);
    List<String> args = new ArrayList<>();
    args.addAll(List.of(role ? "run" : roleOrCommand, "--config", file.toString()));
    if (role) {
      args.addAll(List.of("--quiet", "--role", roleOrCommand));
    }
    args.addAll(options);
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text, true);
    long startNs = System.nanoTime();
    int code = Main.execute(out, out, args.toArray(new String[0]));
    return new Outcome(code, text.toString(), (System.nanoTime() - startNs) / 1e9);
  }

  private static boolean isRole(String roleOrCommand) {
    return List.of("joiner", "scorer").contains(roleOrCommand) || ROLES.contains(roleOrCommand);
  }

  private static String user(String roleOrCommand) {
    return isRole(roleOrCommand)
        ? roleOrCommand
        : roleOrCommand.equals("dead-letters") ? "replayer" : "counter";
  }

  long end(String topic) throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    try {
      return broker
          .admin()
          .listOffsets(Map.of(partition, OffsetSpec.latest()))
          .partitionResult(partition)
          .get(10, TimeUnit.SECONDS)
          .offset();
    } catch (ExecutionException e) {
      return 0; // not there yet
    }
  }

  private List<String> settings(String listener, String user) {
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

  private List<String> trust() {
    return List.of(
        "kafka.ssl.truststore.location=" + trusted,
        "kafka.ssl.truststore.password=${file:" + folder.resolve("store.secret") + ":password}");
  }

  /** Logs a user in with the password in a file, right or wrong. */
  String login(String user, String secret) {
    return ("kafka.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule"
            + " required username=\"%s\" password=\"${file:%s:password}\";")
        .formatted(user, folder.resolve(secret + ".secret"));
  }

  /** An event of the first topic, as a sampler refuses it. */
  void sendLetter() {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", broker.open()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      ProducerRecord<byte[], byte[]> letter =
          new ProducerRecord<>(JOB + ".dead-letters", "no json".getBytes(StandardCharsets.UTF_8));
      Map.of(
              LetterHeaders.PARTITION, "0",
              LetterHeaders.OFFSET, "0",
              LetterHeaders.TIMESTAMP, "1234",
              LetterHeaders.TOPIC, EVENTS,
              LetterHeaders.REASON, "malformed")
          .forEach((name, value) -> LetterHeaders.put(letter.headers(), name, value));
      producer.send(letter);
    }
  }

  /** A label for every event, of its key and in its partition. */
  void sendLabels() {
    send(LABELS);
  }

  void sendEvents() {
    send(EVENTS);
  }

  private void send(String topic) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", broker.open()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < SENT; i++) {
        String event =
            "{\"amount\":%d,\"class\":\"%s\"}".formatted(i % 17, i % 10 == 0 ? "fraud" : "ok");
        byte[] key = ("payment-" + i / 2).getBytes(StandardCharsets.UTF_8);
        producer.send(
            new ProducerRecord<>(topic, i % 2, key, event.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }
}
