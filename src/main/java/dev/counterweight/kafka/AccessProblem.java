package dev.counterweight.kafka;

import dev.counterweight.protocol.FailureException;
import java.util.Optional;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;

/** What a cluster's refusal means, in one line for a person and without any secret. */
public final class AccessProblem {
  private AccessProblem() {}

  /**
   * Explains an error that comes from a refused login or a lacking right, wherever in its causes
   * that stands; empty for any other error.
   *
   * @param what what was tried, such as "describe topic 'x'"
   * @param bootstrapServers where
   */
  public static Optional<FailureException> in(
      Throwable error, String what, String bootstrapServers) {
    return Causes.first(AuthenticationException.class, error)
        .map(
            refused ->
                "cannot %s: bootstrap.servers=%s: %s"
                    .formatted(what, bootstrapServers, explain(refused)))
        .or(
            () ->
                Causes.first(AuthorizationException.class, error)
                    .map(
                        refused ->
                            "cannot %s: not authorized: this role's user lacks %s: grant it (docs/security.md lists what each role needs)"
                                .formatted(what, lacking(refused))))
        .map(message -> new FailureException(message, error));
  }

  private static String explain(AuthenticationException refused) {
    if (!(refused instanceof SslAuthenticationException)) {
      return "the login was refused: " + refused.getMessage();
    }
    Throwable root = Causes.root(refused);
    return "no trusted TLS connection (certificate, trust store or security.protocol): "
        + refused.getMessage()
        + (root == refused ? "" : ": " + root.getMessage());
  }

  private static String lacking(AuthorizationException refused) {
    if (refused instanceof TopicAuthorizationException topics) {
      return topics.unauthorizedTopics().isEmpty()
          ? "the right to do that on the topic"
          : "a right on topic " + topics.unauthorizedTopics();
    }
    if (refused instanceof GroupAuthorizationException group) {
      return "Read on group '" + group.groupId() + "'";
    }
    if (refused instanceof TransactionalIdAuthorizationException) {
      return "Write on the role's transactional id";
    }
    return "a right: " + refused.getMessage();
  }
}
