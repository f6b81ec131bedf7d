package dev.counterweight.simulation;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.JobConfig;
import dev.counterweight.scorer.ScorerTasks;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A scorer's process: it begins to score when there is a checkpoint, and takes later ones. */
final class ScorerLife extends Process {
  private final World world;
  private final JobConfig config;
  private final MeterRegistry registry;
  private final MemoryLog checkpoints;
  private final ScorerTasks models;
  private @Nullable StreamsProcess scoring;
  private long read;

  ScorerLife(Place place, JobConfig config, MeterRegistry registry) {
    super(place);
    this.world = place.world;
    this.config = config;
    this.registry = registry;
    this.checkpoints = world.cluster.log(new TopicPartition(config.topics().checkpoints(), 0));
    this.models = new ScorerTasks(config);
  }

  @Override
  protected void step() {
    if (world.dice.nextInt(5) == 0) {
      follow();
    }
    StreamsProcess begun = scoring;
    if (begun != null) {
      begun.step();
      leaving |= begun.leaving;
    } else if (models.ready()) {
      scoring =
          models.process(
              place(),
              config,
              new GroupOffsets(
                  world.cluster,
                  config.topics().groupOf("scorer"),
                  Settings.EVENTS,
                  Integer.MAX_VALUE),
              registry);
    }
  }

  private void follow() {
    MemoryLog.Fetched fetched = checkpoints.read(read, Integer.MAX_VALUE);
    read = fetched.next();
    List<ConsumerRecord<byte[], byte[]>> found = fetched.records();
    if (!found.isEmpty()) {
      models.take(Announcement.parse(found.get(found.size() - 1).value()));
    }
  }

  @Override
  void kill() {
    super.kill();
    if (scoring != null) {
      scoring.kill();
    }
  }

  @Override
  protected void leave() {
    if (scoring != null) {
      scoring.leave();
    }
  }

  @Override
  public void close() {
    if (scoring != null) {
      scoring.close();
    }
  }
}
