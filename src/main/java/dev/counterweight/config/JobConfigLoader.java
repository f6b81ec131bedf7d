package dev.counterweight.config;

import dev.counterweight.event.Suggestion;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * Turns key-value pairs into a {@link JobConfig}, or into the list of everything wrong with them.
 */
public final class JobConfigLoader {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file|directory):[^}]*\\}");

  private static final Pattern USER_INFO = Pattern.compile("//[^/\\s]*@");

  private JobConfigLoader() {}

  /**
   * Checks and converts a configuration. References such as {@code ${env:NAME}}, {@code
   * ${file:path:key}} and {@code ${directory:path:name}} are resolved by Kafka's own providers.
   *
   * @throws InvalidConfigException with every problem found, not only the first
   */
  public static JobConfig load(Map<String, String> given) {
    Problems problems = new Problems();
    Map<String, String> resolved = resolve(given, problems);
    Map<String, String> clients = new TreeMap<>();
    Map<String, String> streams = new TreeMap<>();
    Map<String, String> features = new HashMap<>();
    Map<String, String> own = new HashMap<>();
    resolved.forEach(
        (key, value) -> {
          if (key.startsWith(ClientKeys.STREAMS_PREFIX)) {
            streams.put(key.substring(ClientKeys.STREAMS_PREFIX.length()), value);
          } else if (key.startsWith(ClientKeys.PREFIX)) {
            clients.put(key.substring(ClientKeys.PREFIX.length()), value);
          } else if (FeatureDeclarations.is(key)) {
            features.put(key, value);
          } else if (JobKeys.DEFINITION.names().contains(key)) {
            own.put(key, value);
          } else if (!Retired.is(key)) {
            problems.add(unknown(key));
          }
        });
    ClientKeys.check(clients, streams, problems);
    Set<String> broken = new HashSet<>();
    Retired.check(resolved, broken, problems);
    checkEach(own, broken, problems);
    FeatureDeclarations declared = new FeatureDeclarations(features);
    declared.check(broken, problems);
    Map<String, String> sound = withoutBroken(own, broken);
    Values values = new Values(JobKeys.DEFINITION.parse(sound), declared);
    for (Key<?> key : JobKeys.ALL) {
      key.withoutEffect(own, values.parsed(), JobKeys.DEFINITION.defaultValues())
          .ifPresent(problems::add);
    }
    JobConfig config = JobKeys.read(values, clients, streams);
    Problems between = new Problems();
    JobKeys.check(values, config, between);
    about(between.lines(), broken).forEach(problems::add);
    if (problems.count() == 0) {
      return config;
    }
    throw new InvalidConfigException(problems.lines().stream().distinct().sorted().toList());
  }

  /** Looks at the rules of single keys, those that are missing among them. */
  private static void checkEach(Map<String, String> own, Set<String> broken, Problems problems) {
    for (Key<?> key : JobKeys.ALL) {
      String text = own.get(key.name());
      boolean fine = text == null ? key.standIn() == null : key.form().accepts(text);
      if (fine || !broken.add(key.name())) {
        continue;
      }
      if (text == null) {
        problems.missing(key);
      } else if (key.form().isNumber() || !REFERENCE.matcher(text).find()) {
        // Another reference is told already, as one.
        problems.add("%s=%s: must be %s", key, shown(text), key.form().expected(text));
      }
    }
  }

  /** Without the password that a URL may have, beside a user's name. */
  private static String shown(String text) {
    return USER_INFO.matcher(text).replaceAll("//" + KafkaConfig.HIDDEN + "@");
  }

  /** What can be read on with, so that the rules between the other keys are looked at too. */
  private static Map<String, String> withoutBroken(Map<String, String> own, Set<String> broken) {
    Map<String, String> sound = new HashMap<>(own);
    for (Key<?> key : JobKeys.ALL) {
      if (broken.contains(key.name())) {
        sound.remove(key.name());
        if (key.standIn() != null) {
          sound.put(key.name(), key.standIn());
        }
      }
    }
    return sound;
  }

  /** Rules between keys of which none was broken already by itself. */
  private static List<String> about(List<String> problems, Set<String> broken) {
    return problems.stream()
        .filter(problem -> broken.stream().noneMatch(problem::contains))
        .filter(
            problem -> !(broken.contains(EventKeys.CLASSES.name()) && problem.contains("class")))
        .toList();
  }

  private static Map<String, String> resolve(Map<String, String> values, Problems problems) {
    Map<String, ConfigProvider> providers =
        Map.of(
            "env", new EnvVarConfigProvider(),
            "file", new FileConfigProvider(),
            "directory", new DirectoryConfigProvider());
    try {
      providers.values().forEach(provider -> provider.configure(Map.of()));
      Map<String, String> resolved = new ConfigTransformer(providers).transform(values).data();
      resolved.forEach(
          (key, value) -> {
            // Only the key is named: beside the reference there may be a secret.
            if (value != null && REFERENCE.matcher(value).find()) {
              problems.add(
                  "key '" + key + "' refers to a variable, file or folder entry that is not there");
            }
          });
      return resolved;
    } catch (ConfigException e) {
      problems.add(
          "a reference cannot be resolved: %s; it must be ${env:NAME}, ${file:PATH:KEY} or ${directory:PATH:NAME} of what is there"
              .formatted(e.getMessage()));
      return values;
    } finally {
      providers.values().forEach(JobConfigLoader::close);
    }
  }

  private static void close(ConfigProvider provider) {
    try {
      provider.close();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String unknown(String key) {
    return "unknown key '"
        + key
        + "'"
        + Suggestion.closest(key, JobKeys.DEFINITION.names())
            .map(name -> ": did you mean '" + name + "'?")
            .orElse(": `counterweight config` lists the keys");
  }
}
