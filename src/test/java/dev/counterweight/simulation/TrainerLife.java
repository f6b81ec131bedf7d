package dev.counterweight.simulation;

import dev.counterweight.config.JobConfig;
import dev.counterweight.trainer.SteppedTrainer;
import io.micrometer.core.instrument.MeterRegistry;

/** A trainer's process, which has the lead or stands by. */
final class TrainerLife extends Process {
  private final SteppedTrainer trainer;

  TrainerLife(Place place, JobConfig config, MeterRegistry registry) {
    super(place);
    World world = place.world;
    this.trainer =
        new SteppedTrainer(config, new Clients(this), world.time, world.time.ticker(), registry);
  }

  @Override
  protected void step() {
    trainer.turn();
  }

  @Override
  protected void leave() {
    trainer.leave();
  }

  @Override
  public void close() {
    trainer.close();
  }
}
