package dev.counterweight.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * The rights that docs/security.md gives each role, as the reader of that page would grant them.
 */
final class DocumentedRights {
  private DocumentedRights() {}

  /** One right of the table. */
  record Right(String role, AclBinding binding) {
    AclOperation operation() {
      return binding.entry().operation();
    }

    ResourcePattern resource() {
      return binding.pattern();
    }

    @Override
    public String toString() {
      return role
          + " without "
          + operation()
          + " on "
          + resource().resourceType()
          + " "
          + resource().name();
    }
  }

  /** Those of a job whose labels stand in its events. */
  static List<Right> of(String job, String events) throws IOException {
    return of(job, events, events, "").stream()
        .filter(right -> !right.role().equals("joiner"))
        .toList();
  }

  /**
   * Every right, granted to a user named as the role.
   *
   * @param events what is counted and sampled
   * @param topic what a joiner joins
   * @param labels with this
   */
  static List<Right> of(String job, String events, String topic, String labels) throws IOException {
    List<Right> rights = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("docs", "security.md"))) {
      String[] cells = line.split("\\s*\\|\\s*");
      if (cells.length != 6 || !cells[1].matches("joiner|counter|sampler|trainer|replayer")) {
        continue;
      }
      String name =
          cells[3]
              .replace("`", "")
              .replace("<job>", job)
              .replace("<events>", events)
              .replace("<events.topic>", topic)
              .replace("<labels.topic>", labels);
      ResourcePattern resource =
          new ResourcePattern(
              ResourceType.fromString(cells[2].replace(' ', '_')),
              name,
              PatternType.valueOf(cells[4].toUpperCase(java.util.Locale.ROOT)));
      for (String operation : cells[5].split(", ")) {
        rights.add(
            new Right(
                cells[1],
                new AclBinding(
                    resource,
                    new AccessControlEntry(
                        "User:" + cells[1],
                        "*",
                        operation.equals("DescribeConfigs")
                            ? AclOperation.DESCRIBE_CONFIGS
                            : AclOperation.fromString(operation),
                        AclPermissionType.ALLOW))));
      }
    }
    return rights;
  }
}
