package dev.counterweight.runtime;

import dev.counterweight.config.MetricsConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names that a server answers to, by the request's Host header: addresses, localhost, {@code
 * metrics.host} and {@code metrics.allowed.hosts}. A page elsewhere whose own name is made to
 * resolve to this machine (DNS rebinding) calls by that name, and else could have a browser here
 * read what is served. Immutable.
 */
final class OwnNames {
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern PORT = Pattern.compile(":\\d*$");

  private final String bound;
  private final List<String> allowed;
  private final boolean loopback;

  OwnNames(MetricsConfig config) {
    this.bound = name(config.host());
    this.allowed = config.allowedHosts().stream().map(OwnNames::name).toList();
    this.loopback = loopback(config.host());
  }

  /** Whether only this machine reaches the server, and so the browser on it. */
  boolean onLoopback() {
    return loopback;
  }

  /**
   * Whether a request is meant for this server.
   *
   * @param host of the request's Host header; null if there is none, which no browser does
   */
  boolean answersTo(@Nullable String host) {
    if (host == null) {
      return true;
    }
    String bare = host.strip();
    if (bare.startsWith("[")) {
      return true; // an IPv6 address: nobody's name
    }
    String name = name(PORT.matcher(bare).replaceFirst(""));
    return IPV4.matcher(name).matches()
        || name.equals("localhost")
        || name.endsWith(".localhost")
        || name.equals(bound)
        || allowed.stream().anyMatch(pattern -> matches(pattern, name));
  }

  /** A name, {@code *.domain} for every name below one, or {@code *}. */
  private static boolean matches(String pattern, String name) {
    return pattern.equals("*")
        || pattern.equals(name)
        || (pattern.startsWith("*.") && name.endsWith(pattern.substring(1)));
  }

  private static String name(String host) {
    String lower = host.strip().toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  private static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false; // binding says so
    }
  }
}
