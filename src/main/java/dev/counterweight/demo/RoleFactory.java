package dev.counterweight.demo;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.Role;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;

/** Makes a job's roles. */
public interface RoleFactory {
  /**
   * The roles of one job, not yet started.
   *
   * @param stopAtEnd whether they end by themselves at the events topic's present end
   */
  List<Role> roles(
      JobConfig config, KafkaClients clients, MeterRegistry registry, boolean stopAtEnd);
}
