package dev.counterweight.simulation;

import dev.counterweight.campaign.History;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.JobConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** The folder of a run's checkpoints, which may be spoilt. Not thread-safe. */
final class Checkpoints implements AutoCloseable {
  private final Path folder;
  private final History history;
  private boolean spoilt;

  /**
   * @param folder empty, and emptied in the end
   */
  Checkpoints(Path folder, History history) {
    this.folder = folder;
    this.history = history;
  }

  Path folder() {
    return folder;
  }

  /** Damages a file of the newest checkpoint, once, and only where there is one before it. */
  void spoil(World world, JobConfig config) {
    List<Announcement> all = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record :
        world.cluster.log(new TopicPartition(config.topics().checkpoints(), 0)).all()) {
      all.add(Announcement.parse(record.value()));
    }
    if (spoilt || all.isEmpty() || all.get(all.size() - 1).all().size() < 2) {
      return;
    }
    spoilt = true;
    String name = all.get(all.size() - 1).checkpoint().name();
    history.damaged(name);
    world.tell("checkpoint " + name + " is spoilt");
    try (Stream<Path> found = Files.list(folder.resolve(name))) {
      List<Path> files = found.sorted().toList();
      spoil(files.get(world.dice.nextInt(files.size())), world.dice.nextInt(4));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void spoil(Path file, int how) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    switch (how) {
      case 0 -> Files.delete(file);
      case 1 -> Files.write(file, new byte[0]);
      case 2 -> Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
      default -> {
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
    }
  }

  @Override
  public void close() {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(folder)) {
          Files.delete(path);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
