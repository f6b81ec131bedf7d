package dev.counterweight.streams;

import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.streams.Topology;
import org.jspecify.annotations.Nullable;

/**
 * What one start of a topology is made of.
 *
 * @param applicationId the group, and what its internal topics' names begin with
 * @param settings of Kafka Streams, where roles differ; the user's {@code kafka.streams.} keys
 *     override them
 * @param clients that it reads and writes with, of this start alone
 * @param stateDir a folder for state that stays, which no other process may use for the same
 *     application; null for state that may go: it then has a folder of its own for as long as it
 *     runs, unless the user names one by {@code kafka.streams.state.dir}
 */
public record TopologyPlan(
    String applicationId,
    Map<String, Object> settings,
    Topology topology,
    StreamsClients clients,
    @Nullable Path stateDir) {

  public TopologyPlan {
    settings = Map.copyOf(settings);
  }
}
