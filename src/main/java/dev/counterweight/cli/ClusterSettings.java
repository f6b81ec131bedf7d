package dev.counterweight.cli;

import dev.counterweight.config.InvalidConfigException;
import dev.counterweight.config.KafkaConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Settings that a person gives for a job that is yet to be: {@code key=value}, and a file of
 * Kafka's clients. Secrets among them are referred to in what is written, never copied.
 */
final class ClusterSettings {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file|directory):[^}]*\\}");
  private static final Pattern JAAS_OPTION =
      Pattern.compile("(\\w+)\\s*=\\s*(\"[^\"]*\"|'[^']*'|[^\\s;]+)");
  private static final String PREFIX = "kafka.";

  /** How a value is written, and what it is. */
  record Setting(String written, String value) {
    /** Whether it must be put somewhere before the file can be used. */
    boolean toBeSet() {
      return written.startsWith("${env:") && !written.equals(value);
    }
  }

  private final Map<String, Setting> settings = new TreeMap<>();

  /**
   * @param clients a .properties file of client settings, as Kafka's tools take it; null for none
   * @param given key=value
   * @throws InvalidConfigException if the file cannot be read or a setting is none
   */
  ClusterSettings(@Nullable Path clients, List<String> given) {
    if (clients != null) {
      read(clients);
    }
    List<String> problems = new ArrayList<>();
    for (String setting : given) {
      int equals = setting.indexOf('=');
      if (equals <= 0) {
        problems.add("--set " + setting + ": must be key=value");
      } else {
        String key = setting.substring(0, equals).strip();
        String value = setting.substring(equals + 1).strip();
        settings.put(key, new Setting(secret(key, value) ? variable(key) : value, value));
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidConfigException(problems);
    }
  }

  private void read(Path file) {
    Properties properties = new Properties();
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(in);
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidConfigException(
          List.of("--kafka-config=%s cannot be read: %s".formatted(file, e)));
    }
    for (String name : properties.stringPropertyNames()) {
      String value = properties.getProperty(name).strip();
      String key = name.startsWith(PREFIX) ? name : PREFIX + name;
      if (!key.equals(PREFIX + "bootstrap.servers")) {
        settings.put(
            key,
            new Setting(secret(key, value) ? reference(file, name, key, value) : value, value));
      }
    }
  }

  /** Whether any of a value is a secret itself, and not a reference to one. */
  private static boolean secret(String key, String value) {
    boolean may = key.startsWith(PREFIX) || key.startsWith("events.schema.registry.");
    if (!may || !KafkaConfig.isSecret(key)) {
      return false;
    }
    if (!key.endsWith("jaas.config") || !REFERENCE.matcher(value).find()) {
      return !REFERENCE.matcher(value).matches();
    }
    return JAAS_OPTION
        .matcher(value)
        .results()
        .anyMatch(
            option ->
                KafkaConfig.isSecret(option.group(1))
                    && !REFERENCE
                        .matcher(option.group(2).replaceAll("^[\"']|[\"']$", ""))
                        .matches());
  }

  private static String reference(Path file, String name, String key, String value) {
    String path = file.toAbsolutePath().normalize().toString();
    // What a reference leads to is not followed further: one that refers itself must be set anew.
    return path.matches("[^:}]*") && name.matches("[^:}]*") && !REFERENCE.matcher(value).find()
        ? "${file:" + path + ":" + name + "}"
        : variable(key);
  }

  /** What stands in the environment under the key's name. */
  private static String variable(String key) {
    return "${env:" + key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_") + "}";
  }

  /** A key that has an option of its own, unless it is set. */
  void option(String key, @Nullable Object value) {
    if (value != null) {
      settings.putIfAbsent(key, new Setting(value.toString(), value.toString()));
    }
  }

  Map<String, Setting> all() {
    return settings;
  }

  @Nullable String value(String key) {
    Setting setting = settings.get(key);
    return setting == null ? null : setting.value();
  }
}
