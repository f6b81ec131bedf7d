package dev.counterweight.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine;

/** What runs here, as a report of a fault should name it. */
final class Version implements CommandLine.IVersionProvider {
  @Override
  public String[] getVersion() {
    Properties build = properties("/counterweight-build.properties");
    String own = System.getenv("PYTORCH_LIBRARY_PATH");
    return new String[] {
      "counterweight " + build.getProperty("version", "(built from source)"),
      "commit " + build.getProperty("commit", "unknown"),
      "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name"),
      // Kafka's own class for it starts the log.
      "Kafka " + properties("/kafka/kafka-version.properties").getProperty("version", "unknown"),
      "libtorch "
          + (own == null
              ? properties("/native/lib/pytorch.properties").getProperty("version", "unknown")
              : "of PYTORCH_LIBRARY_PATH=" + own)
    };
  }

  private static Properties properties(String resource) {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream(resource)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new IllegalStateException(resource + " cannot be read", e);
    }
    return properties;
  }
}
