package dev.counterweight.counter;

import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of its own for the state of a topology whose stores are in memory: nothing in it
 * matters, two topologies must only not share it. It goes on {@link #close}; one that a killed
 * process left is deleted by the next folder made beside it, so that no more of them stay than
 * processes have died since.
 *
 * <p>A live folder is one whose lock file is locked; the system lets go of a lock when its process
 * ends, however it ends. Owned by one thread.
 */
final class StateFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StateFolder.class);
  private static final String PREFIX = "counterweight-state-";
  private static final String LOCK = "lock";
  private static final int ATTEMPTS = 10;

  private final Path path;
  private final FileChannel channel;

  private StateFolder(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Makes a new folder and deletes those left there by processes that are gone.
   *
   * @param parent the folder of temporary files
   * @throws FailureException if none can be made
   */
  static StateFolder in(Path parent) {
    try {
      deleteAbandoned(parent);
      // A folder is up for deletion until it is locked: another process may win that race.
      for (int i = 0; i < ATTEMPTS; i++) {
        Path made = Files.createTempDirectory(parent, PREFIX);
        FileChannel lock = lock(made, true);
        if (lock != null) {
          return new StateFolder(made, lock);
        }
      }
      throw new IOException(ATTEMPTS + " folders were deleted by others as they were made");
    } catch (IOException e) {
      throw new FailureException("no folder for the counter's state in " + parent + ": " + e, e);
    }
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      Utils.delete(path.toFile());
    } catch (IOException e) {
      LOG.warn("the counter's state folder {} stays: {}", path, e.toString());
    } finally {
      close(channel);
    }
  }

  private static void deleteAbandoned(Path parent) throws IOException {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path folder : folders) {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
          deleteIfAbandoned(folder);
        }
      }
    }
  }

  private static void deleteIfAbandoned(Path folder) {
    try {
      FileChannel lock = lock(folder, false);
      if (lock != null) {
        try {
          Utils.delete(folder.toFile());
        } finally {
          close(lock);
        }
      }
    } catch (IOException e) {
      // Another user's folder, or one that its owner deletes right now.
      LOG.debug("{} is left alone: {}", folder, e.toString());
    }
  }

  /** The lock of a folder that still has it, or null: it is another's, or gone. */
  private static @Nullable FileChannel lock(Path folder, boolean make) throws IOException {
    Path file = folder.resolve(LOCK);
    if (!make && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    Set<StandardOpenOption> write = EnumSet.of(StandardOpenOption.WRITE);
    if (make) {
      write.add(StandardOpenOption.CREATE);
    }
    FileChannel channel = FileChannel.open(file, write);
    boolean held = false;
    try {
      FileLock lock = channel.tryLock();
      held = lock != null && Files.exists(file);
    } catch (OverlappingFileLockException e) {
      // Another topology of this process has it.
    } finally {
      if (!held) {
        close(channel);
      }
    }
    return held ? channel : null;
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("a lock's file did not close: {}", e.toString());
    }
  }
}
