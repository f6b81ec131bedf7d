package dev.counterweight.campaign;

import dev.counterweight.campaign.Fault.CheckpointDamaged.How;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

/** Spoils the newest checkpoint of a folder, and tells of it. */
final class CheckpointDamage {
  private static final String FILE = "model.safetensors";

  private final Path folder;
  private final History history;

  CheckpointDamage(Path folder, History history) {
    this.folder = folder;
    this.history = history;
  }

  /** Does nothing where there is none yet. */
  void toNewest(How how) {
    try {
      Optional<Path> newest = newest();
      if (newest.isPresent()) {
        history.damaged(newest.get().getFileName().toString());
        spoil(newest.get().resolve(FILE), how);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<Path> newest() throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (var all = Files.list(folder)) {
      return all.filter(path -> Files.exists(path.resolve(FILE)))
          .max(Comparator.comparing(path -> path.getFileName().toString()));
    }
  }

  private static void spoil(Path file, How how) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    switch (how) {
      case FLIPPED -> bytes[bytes.length - 1] ^= 1;
      case CUT -> bytes = Arrays.copyOf(bytes, bytes.length / 2);
      case EMPTIED -> bytes = new byte[0];
    }
    Files.write(file, bytes);
  }
}
