package dev.counterweight.campaign;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A folder with a small file system of its own, in memory; only root can make one. */
final class SmallDisk implements AutoCloseable {
  private static final int BLOCK_BYTES = 65_536;

  private final Path folder;
  private volatile boolean mounted = true;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /** At a folder, which is created; null where this user may not. */
  static @Nullable SmallDisk mount(Path folder, int mib) throws IOException {
    Files.createDirectories(folder);
    String size = "size=" + mib + "m";
    if (!run("mount", "-t", "tmpfs", "-o", size, "tmpfs", folder.toString())) {
      return null;
    }
    SmallDisk disk = new SmallDisk(folder);
    Runtime.getRuntime().addShutdownHook(new Thread(disk::unmount, "small-disk-shutdown"));
    return disk;
  }

  /** Until nothing more can be written. */
  void fill() {
    byte[] block = new byte[BLOCK_BYTES];
    try (OutputStream out = Files.newOutputStream(filler())) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      // full
    }
  }

  void free() {
    try {
      Files.deleteIfExists(filler());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path filler() {
    return folder.resolve(".filler");
  }

  private static boolean run(String... command) {
    try {
      return new ProcessBuilder(List.of(command))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .onExit()
              .join()
              .exitValue()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Does nothing where that is done. */
  private void unmount() {
    if (mounted) {
      mounted = !run("umount", folder.toString()) && !run("umount", "-l", folder.toString());
    }
  }

  @Override
  public void close() throws IOException {
    unmount();
    if (mounted) {
      throw new IOException("cannot unmount " + folder);
    }
  }
}
