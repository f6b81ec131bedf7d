package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.counterweight.config.ScoresHttpConfig;
import dev.counterweight.protocol.FailureException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a server's certificate and key from PEM files. */
final class PemFiles {
  /** Guards a store that never leaves this process. */
  static final String PASSWORD = "in-memory";

  private static final long MAX_BYTES = 1 << 20;
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private PemFiles() {}

  /**
   * A store with the key and its certificates, under {@link #PASSWORD}.
   *
   * @throws FailureException if a file cannot be read, or the two do not belong together
   */
  static KeyStore store(ScoresHttpConfig.Tls tls) {
    Certificate[] chain = certificates(tls.certificate()).toArray(Certificate[]::new);
    PrivateKey key = key(tls.key(), chain[0].getPublicKey().getAlgorithm());
    try {
      requirePair(tls, chain[0].getPublicKey(), key);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("server", key, PASSWORD.toCharArray(), chain);
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw new FailureException(
          "scores.tls.certificate=%s and scores.tls.key=%s cannot be used together: %s"
              .formatted(tls.certificate(), tls.key(), e.getMessage()),
          e);
    }
  }

  private static void requirePair(ScoresHttpConfig.Tls tls, PublicKey shown, PrivateKey key)
      throws GeneralSecurityException {
    String algorithm = key.getAlgorithm();
    boolean hashed = algorithm.equals("RSA") || algorithm.equals("EC");
    Signature signature =
        Signature.getInstance(hashed ? "SHA256with" + algorithm.replace("EC", "ECDSA") : algorithm);
    byte[] text = "a text".getBytes(US_ASCII);
    signature.initSign(key);
    signature.update(text);
    byte[] signed = signature.sign();
    signature.initVerify(shown);
    signature.update(text);
    if (!signature.verify(signed)) {
      throw new FailureException(
          "scores.tls.certificate=%s and scores.tls.key=%s are no pair: the key is another one's"
              .formatted(tls.certificate(), tls.key()));
    }
  }

  private static Collection<? extends Certificate> certificates(Path file) {
    byte[] bytes = bytes("scores.tls.certificate", file);
    try {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes));
      if (!found.isEmpty()) {
        return found;
      }
    } catch (CertificateException e) {
      throw new FailureException(
          "scores.tls.certificate=%s holds no certificate that can be read: %s"
              .formatted(file, e.getMessage()),
          e);
    }
    throw new FailureException(
        "scores.tls.certificate=%s is empty: must hold the server's certificate as PEM"
            .formatted(file));
  }

  private static PrivateKey key(Path file, String algorithm) {
    String text = new String(bytes("scores.tls.key", file), US_ASCII);
    Matcher block = BLOCK.matcher(text);
    String kind = "no PEM block";
    while (block.find()) {
      kind = block.group(1);
      if (kind.equals("PRIVATE KEY")) {
        return pkcs8(file, block.group(2), algorithm);
      }
    }
    throw new FailureException(
        "scores.tls.key=%s holds %s: must be BEGIN PRIVATE KEY (PKCS #8, not encrypted), as of openssl pkcs8 -topk8 -nocrypt"
            .formatted(file, kind));
  }

  private static PrivateKey pkcs8(Path file, String base64, String algorithm) {
    try {
      return KeyFactory.getInstance(algorithm)
          .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      // The cause may quote what it could not read.
      throw new FailureException(
          "scores.tls.key=%s holds no %s key that can be read: the certificate has such a one"
              .formatted(file, algorithm));
    }
  }

  private static byte[] bytes(String key, Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new FailureException(
            "%s=%s is longer than %d bytes: no such file".formatted(key, file, MAX_BYTES));
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new FailureException("%s=%s cannot be read: %s".formatted(key, file, e.toString()), e);
    }
  }
}
