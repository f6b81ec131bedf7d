package dev.counterweight.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Authorities and what they sign, as PKCS12 files made by the JDK's own keytool. */
public final class Certificates {
  /** Guards every store; one that a search of the logs would find. */
  public static final String PASSWORD = "st0re-pa55word-not-to-be-seen";

  private final Path folder;

  public Certificates(Path folder) {
    this.folder = folder;
  }

  /** Makes an authority; returns a store that holds its certificate only. */
  public Path authority(String name) {
    keytool(
        "-genkeypair",
        "-keystore",
        name + ".p12",
        "-alias",
        "ca",
        "-dname",
        "CN=" + name,
        "-ext",
        "bc:c",
        "-keyalg",
        "EC",
        "-validity",
        "2");
    keytool("-exportcert", "-keystore", name + ".p12", "-alias", "ca", "-file", name + ".crt");
    keytool(
        "-importcert",
        "-noprompt",
        "-keystore",
        name + "-trust.p12",
        "-alias",
        "ca",
        "-file",
        name + ".crt");
    return folder.resolve(name + "-trust.p12");
  }

  /**
   * Makes a key with a certificate that an authority signed, good for 127.0.0.1; returns its store.
   *
   * @param expired whether its last day is past
   */
  public Path signed(String name, String authority, boolean expired) {
    String store = name + ".p12";
    keytool(
        "-genkeypair",
        "-keystore",
        store,
        "-alias",
        "own",
        "-dname",
        "CN=" + name,
        "-keyalg",
        "EC",
        "-validity",
        "2");
    keytool("-certreq", "-keystore", store, "-alias", "own", "-file", name + ".csr");
    keytool(
        "-gencert",
        "-keystore",
        authority + ".p12",
        "-alias",
        "ca",
        "-infile",
        name + ".csr",
        "-outfile",
        name + ".crt",
        "-startdate",
        expired ? "-9d" : "-1d",
        "-validity",
        "3",
        "-ext",
        "san=ip:127.0.0.1");
    keytool(
        "-importcert",
        "-noprompt",
        "-keystore",
        store,
        "-alias",
        "ca",
        "-file",
        authority + ".crt");
    keytool("-importcert", "-keystore", store, "-alias", "own", "-file", name + ".crt");
    return folder.resolve(store);
  }

  private void keytool(String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(args));
    if (List.of(args).contains("-keystore")) {
      command.addAll(List.of("-storepass", PASSWORD));
    }
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("keytool.log").toFile())
              .start();
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(
            command
                + ": "
                + new String(
                    java.nio.file.Files.readAllBytes(folder.resolve("keytool.log")),
                    StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
