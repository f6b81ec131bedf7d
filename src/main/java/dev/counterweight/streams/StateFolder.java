package dev.counterweight.streams;

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
 * A folder for the state of a topology, which no two share.
 *
 * <p>Where stores are in memory, nothing in it matters: it goes on {@link #close}, and one that a
 * killed process left is deleted by the next folder made beside it, so that no more of them stay
 * than processes have died since. Where stores are on disk, it is a folder that the user names, and
 * stays.
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
  private final boolean stays;

  private StateFolder(Path path, FileChannel channel, boolean stays) {
    this.path = path;
    this.channel = channel;
    this.stays = stays;
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
        FileChannel lock = lock(made.resolve(LOCK), true);
        if (lock != null) {
          return new StateFolder(made, lock, false);
        }
      }
      throw new IOException(ATTEMPTS + " folders were deleted by others as they were made");
    } catch (IOException e) {
      throw new FailureException("no folder for state in " + parent + ": " + e, e);
    }
  }

  /**
   * Takes a folder that stays, and makes it if it is not there.
   *
   * @param application whose state it is: others may have theirs beside it
   * @throws FailureException if it cannot be used, or another process uses it for the same
   */
  static StateFolder kept(Path folder, String application) {
    try {
      Files.createDirectories(folder);
      FileChannel lock = lock(folder.resolve(application + ".lock"), true);
      if (lock != null) {
        return new StateFolder(folder, lock, true);
      }
    } catch (IOException e) {
      throw new FailureException("state cannot be kept in folder " + folder + ": " + e, e);
    }
    throw new FailureException(
        "another process keeps the state of '%s' in folder %s: each process needs a folder of its own"
            .formatted(application, folder));
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      if (!stays) {
        Utils.delete(path.toFile());
      }
    } catch (IOException e) {
      LOG.warn("the state folder {} stays: {}", path, e.toString());
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
      FileChannel lock = lock(folder.resolve(LOCK), false);
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

  /** The lock of a folder that still has this file, or null: it is another's, or gone. */
  private static @Nullable FileChannel lock(Path file, boolean make) throws IOException {
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
