package dev.counterweight.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * Where values come from, the later overriding the earlier: a properties file, environment
 * variables ({@code COUNTERWEIGHT_} and the key in upper case, {@code _} for {@code .}), then
 * {@code key=value} settings from the command line.
 */
public final class ConfigSources {
  private static final String ENV_PREFIX = "COUNTERWEIGHT_";

  /** Read by the launcher; no configuration keys. */
  private static final List<String> LAUNCHER_VARIABLES =
      List.of("COUNTERWEIGHT_JAVA_OPTS", "COUNTERWEIGHT_HOME", "COUNTERWEIGHT_LOG_FORMAT");

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private ConfigSources() {}

  /**
   * The merged key-value pairs, not yet checked.
   *
   * @throws InvalidConfigException if the file cannot be read or a setting is not key=value
   */
  public static Map<String, String> merge(
      Path file, Map<String, String> environment, List<String> settings) {
    Map<String, String> merged = new TreeMap<>(read(file));
    merged.putAll(fromEnvironment(environment));
    List<String> problems = new ArrayList<>();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals <= 0) {
        problems.add("--set " + setting + ": must be key=value");
      } else {
        merged.put(setting.substring(0, equals).strip(), setting.substring(equals + 1).strip());
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidConfigException(problems);
    }
    return merged;
  }

  private static Map<String, String> read(Path file) {
    Properties properties = new Properties();
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      skipByteOrderMark(in);
      properties.load(in);
    } catch (NoSuchFileException e) {
      throw invalid("config file '" + file + "' does not exist");
    } catch (MalformedInputException e) {
      throw invalid("config file '" + file + "' is not UTF-8 text");
    } catch (IOException e) {
      throw invalid("config file '" + file + "' cannot be read: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw invalid(
          "config file '"
              + file
              + "' is not a properties file: "
              + e.getMessage()
              + " Write \\\\ for a backslash.");
    }
    Map<String, String> values = new HashMap<>();
    properties.stringPropertyNames().forEach(k -> values.put(k, properties.getProperty(k).strip()));
    return values;
  }

  /** Editors on Windows put one at the beginning, where it would be part of the first key. */
  private static void skipByteOrderMark(BufferedReader in) throws IOException {
    in.mark(1);
    if (in.read() != BYTE_ORDER_MARK) {
      in.reset();
    }
  }

  private static Map<String, String> fromEnvironment(Map<String, String> environment) {
    Map<String, String> values = new HashMap<>();
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(ENV_PREFIX) && !LAUNCHER_VARIABLES.contains(name)) {
            String key = name.substring(ENV_PREFIX.length()).toLowerCase(Locale.ROOT);
            values.put(key.replace('_', '.'), value.strip());
          }
        });
    return values;
  }

  private static InvalidConfigException invalid(String problem) {
    return new InvalidConfigException(List.of(problem));
  }
}
