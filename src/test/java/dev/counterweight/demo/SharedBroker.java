package dev.counterweight.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assertions;

/**
 * One broker for all tests of a JVM: started when first asked for, closed when the JVM ends. Tests
 * share it, so each takes topic and job names of its own.
 */
public final class SharedBroker {
  private SharedBroker() {}

  private static final class Holder {
    static final Path DIR = temporaryFolder();
    static final EmbeddedBroker BROKER = EmbeddedBroker.start(DIR);

    static {
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    BROKER.close();
                    deleteTree(DIR);
                  },
                  "shared-broker-shutdown"));
    }
  }

  /** The address for {@code bootstrap.servers}. */
  public static String bootstrapServers() {
    return Holder.BROKER.bootstrapServers();
  }

  /** An admin client, to be closed by the caller. */
  public static Admin admin() {
    return Admin.create(
        Map.<String, Object>of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers()));
  }

  /** A producer of bytes with Kafka's own settings but for these, to be closed by the caller. */
  public static KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers());
    return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Creates a topic that must not exist yet; returns its name. */
  public static String createTopic(String name, int partitions) {
    return createTopic(name, partitions, Map.of());
  }

  /** Creates a topic that must not exist yet; returns its name. */
  public static String createTopic(String name, int partitions, Map<String, String> settings) {
    try (Admin admin = admin()) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(settings)))
          .all()
          .get(30, TimeUnit.SECONDS);
      return name;
    } catch (Exception e) {
      return Assertions.fail("cannot create topic " + name, e);
    }
  }

  /** Deletes a topic and creates it again under its name. */
  public static void recreateTopic(String name, int partitions) {
    try (Admin admin = admin()) {
      admin.deleteTopics(List.of(name)).all().get(30, TimeUnit.SECONDS);
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> !admin.listTopics().names().get().contains(name));
    } catch (Exception e) {
      Assertions.fail("cannot delete topic " + name, e);
    }
    createTopic(name, partitions);
  }

  /** A name no other test has: the prefix and a few random letters. */
  public static String uniqueName(String prefix) {
    return prefix + "-" + Long.toString(System.nanoTime(), 36);
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("shared-broker");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void deleteTree(Path root) {
    try (Stream<Path> paths = Files.walk(root)) {
      paths.sorted(java.util.Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
