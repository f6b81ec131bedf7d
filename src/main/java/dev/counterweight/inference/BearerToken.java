package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** The token that a request must bear; compared in a time that does not tell how much was right. */
final class BearerToken {
  private static final String SCHEME = "Bearer ";

  private final byte[] expected;

  BearerToken(String token) {
    this.expected = token.getBytes(UTF_8);
  }

  /** Whether the value of a request's Authorization bears it; null if there was none. */
  boolean isBorneBy(@Nullable String authorization) {
    return authorization != null
        && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        && MessageDigest.isEqual(
            expected, authorization.substring(SCHEME.length()).strip().getBytes(UTF_8));
  }
}
