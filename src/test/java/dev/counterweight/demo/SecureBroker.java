package dev.counterweight.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.awaitility.Awaitility;

/**
 * A broker that nobody gets into unless allowed: one listener with TLS and SCRAM, one whose
 * certificate has expired, one that wants the client's certificate, and one in plain text for the
 * test itself, whose user may do everything.
 */
public final class SecureBroker implements AutoCloseable {
  private static final String SECURE = "SECURE";
  private static final String EXPIRED = "EXPIRED";
  private static final String MUTUAL = "MUTUAL";

  private final EmbeddedBroker broker;
  private final Admin admin;

  private SecureBroker(EmbeddedBroker broker) {
    this.broker = broker;
    this.admin =
        Admin.create(
            Map.<String, Object>of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()));
  }

  /**
   * @param superUser principal that may do everything over the mutual listener
   */
  public static SecureBroker start(
      Path dir, Path certificate, Path expired, Path trusted, String superUser) {
    Map<String, String> settings = new HashMap<>();
    settings.put(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    settings.put("super.users", "User:ANONYMOUS;" + superUser);
    key(settings, SECURE, certificate);
    key(settings, EXPIRED, expired);
    key(settings, MUTUAL, certificate);
    settings.put("listener.name.mutual.ssl.client.auth", "required");
    settings.put("listener.name.mutual.ssl.truststore.location", trusted.toString());
    settings.put("listener.name.mutual.ssl.truststore.password", Certificates.PASSWORD);
    for (String listener : List.of("secure", "expired")) {
      settings.put("listener.name." + listener + ".sasl.enabled.mechanisms", "SCRAM-SHA-512");
      settings.put(
          "listener.name." + listener + ".scram-sha-512.sasl.jaas.config",
          "org.apache.kafka.common.security.scram.ScramLoginModule required;");
    }
    return new SecureBroker(
        EmbeddedBroker.start(
            dir, 0, Map.of(SECURE, "SASL_SSL", EXPIRED, "SASL_SSL", MUTUAL, "SSL"), settings));
  }

  /** Where TLS and SCRAM are asked for. */
  public String secure() {
    return "127.0.0.1:" + broker.port(SECURE);
  }

  /** As {@link #secure}, with a certificate that has expired. */
  public String expired() {
    return "127.0.0.1:" + broker.port(EXPIRED);
  }

  /** Where the client's own certificate is asked for. */
  public String mutual() {
    return "127.0.0.1:" + broker.port(MUTUAL);
  }

  /** Where everything is allowed, for the test's own clients. */
  public String open() {
    return broker.bootstrapServers();
  }

  public Admin admin() {
    return admin;
  }

  /** Makes users that may log in, and nothing else. */
  public void addUsers(Map<String, String> passwords) throws Exception {
    ScramCredentialInfo info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096);
    admin
        .alterUserScramCredentials(
            passwords.entrySet().stream()
                .map(
                    user ->
                        (org.apache.kafka.clients.admin.UserScramCredentialAlteration)
                            new UserScramCredentialUpsertion(user.getKey(), info, user.getValue()))
                .toList())
        .all()
        .get(30, TimeUnit.SECONDS);
  }

  /** Makes these the only rights anybody has, and returns once the broker goes by them. */
  public void allowOnly(Collection<AclBinding> rights) throws Exception {
    Set<AclBinding> wanted = new HashSet<>(rights);
    Set<AclBinding> now = rights();
    List<AclBindingFilter> superfluous =
        now.stream().filter(r -> !wanted.contains(r)).map(AclBinding::toFilter).toList();
    if (!superfluous.isEmpty()) {
      admin.deleteAcls(superfluous).all().get(30, TimeUnit.SECONDS);
    }
    List<AclBinding> absent = wanted.stream().filter(r -> !now.contains(r)).toList();
    if (!absent.isEmpty()) {
      admin.createAcls(absent).all().get(30, TimeUnit.SECONDS);
    }
    Awaitility.await()
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(
            () -> org.assertj.core.api.Assertions.assertThat(rights()).isEqualTo(wanted));
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
    broker.close();
  }

  private Set<AclBinding> rights() throws Exception {
    return new HashSet<>(
        admin.describeAcls(AclBindingFilter.ANY).values().get(30, TimeUnit.SECONDS));
  }

  private static void key(Map<String, String> settings, String listener, Path store) {
    String prefix =
        "listener.name." + listener.toLowerCase(java.util.Locale.ROOT) + ".ssl.keystore.";
    settings.put(prefix + "location", store.toString());
    settings.put(prefix + "password", Certificates.PASSWORD);
  }
}
