package dev.counterweight.checkpoint;

import dev.counterweight.checkpoint.Announcement.Ref;
import java.io.IOException;
import java.util.SortedMap;

/**
 * Where a job's checkpoints are kept. A checkpoint is there whole or not at all, and one that was
 * damaged later is never returned. Nothing is overwritten: each has a name of its own.
 *
 * <p>A store serves one writer, which may fail at any moment: every method that reaches the store
 * may be called again after it threw. Not thread-safe.
 */
public interface CheckpointStore {

  /** The writer's id as it stands in names. */
  String writer();

  /** Where the checkpoint of that name is or would be, for a person and for other programs. */
  String location(String name);

  /** Removes what this writer left half written for this job; for the job's only active writer. */
  void removeTemporary();

  /**
   * Writes a checkpoint; on return it would survive a crash of the machine.
   *
   * @param manifest without its files, which are filled in
   * @param files {file name: bytes}
   * @throws IOException if it could not be written; then nothing is there
   */
  StoredCheckpoint write(CheckpointManifest manifest, SortedMap<String, byte[]> files)
      throws IOException;

  /**
   * Reads a checkpoint back.
   *
   * @throws IOException if it is absent, cannot be reached, or is not the one named; the message
   *     says what is wrong
   */
  StoredCheckpoint read(Ref ref) throws IOException;

  /**
   * Deletes this job's checkpoints that {@code announced} neither is nor names, if they are older.
   * To be called only once {@code announced} is committed. What cannot be deleted stays: it costs
   * space, not correctness.
   */
  void retain(Announcement announced);
}
