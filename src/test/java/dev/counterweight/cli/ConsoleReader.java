package dev.counterweight.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * What kafka-console-consumer.sh does, which no library of the tests has, with the options that our
 * pages give it; any other is refused.
 */
final class ConsoleReader {
  private ConsoleReader() {}

  public static void main(String[] args) {
    Map<String, String> options = options(args);
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                options.get("--bootstrap-server"),
                "group.id",
                "console-reader-" + ProcessHandle.current().pid(),
                "auto.offset.reset",
                options.containsKey("--from-beginning") ? "earliest" : "latest",
                "isolation.level",
                options.getOrDefault("--isolation-level", "read_uncommitted"),
                "enable.auto.commit",
                false),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.subscribe(List.of(options.get("--topic")));
      long left = Long.parseLong(options.getOrDefault("--max-messages", "9223372036854775807"));
      while (left > 0) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
          if (left-- > 0) {
            System.out.println(record.value());
          }
        }
      }
    }
  }

  private static Map<String, String> options(String[] args) {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--bootstrap-server", "--topic", "--max-messages", "--isolation-level" ->
            options.put(args[i], args[++i]);
        case "--from-beginning" -> options.put(args[i], "");
        default ->
            throw new IllegalArgumentException(args[i] + " is not of the options known here");
      }
    }
    return options;
  }
}
