package dev.counterweight.learning;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** What people give for a TorchScript module that is none. Stateless. */
final class ModuleFile {
  private static final String HOW = "; torch.jit.script(model).save(\"model.pt\") writes one";

  private ModuleFile() {}

  /** What a file is that PyTorch refused, and what to do; empty where that is not known. */
  static Optional<String> whatElse(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(Long.BYTES + 1);
      if (start.length > Long.BYTES && start[Long.BYTES] == '{') {
        return Optional.of("it is a safetensors file, numbers without a model" + HOW);
      }
      if (start.length > 1 && (start[0] & 0xff) == 0x80) {
        return Optional.of("it is a pickle, as old versions of torch.save write" + HOW);
      }
      return start.length > 1 && start[0] == 'P' && start[1] == 'K'
          ? archive(file)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> archive(Path file) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      if (zip.stream().noneMatch(entry -> entry.getName().contains("/code/"))) {
        return Optional.of("it is a file of torch.save, which has no code to run" + HOW);
      }
      Optional<? extends ZipEntry> order =
          zip.stream().filter(entry -> entry.getName().endsWith("/byteorder")).findFirst();
      if (order.isPresent()) {
        try (InputStream in = zip.getInputStream(order.get())) {
          if (new String(in.readNBytes(3), java.nio.charset.StandardCharsets.US_ASCII)
              .equals("big")) {
            return Optional.of(
                "it was written on a big-endian machine: write it on a little-endian one" + HOW);
          }
        }
      }
      return Optional.empty();
    }
  }
}
