package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.demo.SharedBroker;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A topic that {@code init} looks at, and the job that comes of it. */
final class InitTopic {
  static final int EVENTS = 1500;

  private final Path folder;
  private final String name = SharedBroker.uniqueName("events");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /**
   * @param folder for the job's file and checkpoints
   */
  InitTopic(Path folder) {
    this.folder = folder;
  }

  String name() {
    return name;
  }

  /** What init printed last. */
  String out() {
    return out.toString();
  }

  /** What it said beside that. */
  String err() {
    return err.toString();
  }

  static String label(int i) {
    return i % 40 == 0 ? "fraud" : "ok";
  }

  /** Checks and runs what was written, without an edit. */
  void runsAsWritten() throws IOException {
    Path config = folder.resolve("job.properties");
    Files.writeString(config, out.toString());
    StringWriter said = new StringWriter();
    for (String command : List.of("check", "run")) {
      List<String> args = new ArrayList<>(List.of(command, "--config", config.toString()));
      if (command.equals("run")) {
        args.add("--stop-at-end");
      }
      assertThat(Main.execute(print(said), print(said), args.toArray(String[]::new)))
          .as(command + ": " + said)
          .isZero();
    }
    assertThat(said.toString()).contains("0 would be dead letters", "G-mean");
  }

  /** Runs it; the exit code. */
  int init(String... more) {
    return initOf(name, more);
  }

  int initOf(String topic, String... more) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.execute(print(out), print(err), args(topic, more));
  }

  private String[] args(String topic, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "init",
                "--bootstrap-server",
                SharedBroker.bootstrapServers(),
                "--topic",
                topic,
                "--set",
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "--set",
                "metrics.port=0",
                "--set",
                "device=cpu"));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  private static PrintWriter print(StringWriter to) {
    return new PrintWriter(to, true);
  }

  Properties written() throws IOException {
    Properties written = new Properties();
    written.load(new StringReader(out.toString()));
    return written;
  }

  void send(IntFunction<String> event) {
    sendBytes(i -> event.apply(i).replace('\'', '"').getBytes(UTF_8));
  }

  void sendBytes(IntFunction<byte[]> event) {
    SharedBroker.createTopic(name, 3);
    // One at a time: a partition so new may refuse a batch and take the one behind it, for good.
    try (KafkaProducer<byte[], byte[]> producer =
        SharedBroker.producer(
            Map.of("linger.ms", 50, "max.in.flight.requests.per.connection", 1))) {
      IntStream.range(0, EVENTS)
          .forEach(
              i -> {
                byte[] value = event.apply(i);
                var unused = producer.send(new ProducerRecord<>(name, i % 3, null, value));
              });
    }
  }
}
