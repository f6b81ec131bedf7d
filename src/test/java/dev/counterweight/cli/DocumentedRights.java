package dev.counterweight.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
        .filter(right -> !List.of("joiner", "judge").contains(right.role()))
        .toList();
  }

  /** Those of a scorer that answers over HTTP alone. */
  static List<Right> overHttp(String job) throws IOException {
    return read(job, "", "", "", "(scorer), HTTP only");
  }

  /**
   * Every right, granted to a user named as the role, the judge's to the scorer.
   *
   * @param events what is counted and sampled
   * @param topic what a joiner joins
   * @param labels with this
   */
  static List<Right> of(String job, String events, String topic, String labels) throws IOException {
    return read(
        job, events, topic, labels, "(joiner|counter|sampler|trainer|scorer|judge|replayer)");
  }

  private static List<Right> read(
      String job, String events, String topic, String labels, String roles) throws IOException {
    Pattern named = Pattern.compile(roles);
    List<Right> rights = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("docs", "security.md"))) {
      String[] cells = line.split("\\s*\\|\\s*");
      Matcher role = cells.length == 6 ? named.matcher(cells[1]) : named.matcher("");
      if (!role.matches()) {
        continue;
      }
      String name =
          cells[3]
              .replace("`", "")
              .replace("<job>", job)
              .replace("<events>", events)
              .replace("<events.topic>", topic)
              .replace("<scores.events.topic>", topic)
              .replace("<labels.topic>", labels);
      ResourcePattern resource =
          new ResourcePattern(
              ResourceType.fromString(cells[2].replace(' ', '_')),
              name,
              PatternType.valueOf(cells[4].toUpperCase(java.util.Locale.ROOT)));
      for (String operation : cells[5].split(", ")) {
        rights.add(
            new Right(
                role.group(1),
                new AclBinding(
                    resource,
                    new AccessControlEntry(
                        "User:" + user(role.group(1)),
                        "*",
                        operation.equals("DescribeConfigs")
                            ? AclOperation.DESCRIBE_CONFIGS
                            : AclOperation.fromString(operation),
                        AclPermissionType.ALLOW))));
      }
    }
    return rights;
  }

  /** Who works in whose process. */
  private static String user(String role) {
    return role.equals("judge") ? "scorer" : role;
  }
}
