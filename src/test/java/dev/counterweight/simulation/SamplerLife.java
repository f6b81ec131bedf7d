package dev.counterweight.simulation;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.sampler.SteppedSampler;
import io.micrometer.core.instrument.MeterRegistry;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** A sampler's process. */
final class SamplerLife extends Process {
  private final World world;
  private final SteppedSampler sampler;

  SamplerLife(Place place, JobConfig config, TopicSetup.Identity events, MeterRegistry registry) {
    super(place);
    this.world = place.world;
    Clients clients = new Clients(this);
    MemoryLog batches = world.cluster.log(new TopicPartition(config.topics().batches(), 0));
    this.sampler =
        new SteppedSampler(
            config,
            events,
            clients,
            world.time,
            world.time.ticker(),
            clients.retry(),
            registry,
            level -> level == IsolationLevel.READ_COMMITTED ? batches.end() : batches.highEnd());
  }

  @Override
  protected void step() {
    if (!world.dice.nextBoolean() || !sampler.write()) {
      sampler.turn();
    }
  }

  @Override
  protected void leave() {
    sampler.leave();
  }

  @Override
  public void close() {}
}
