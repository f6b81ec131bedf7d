package dev.counterweight.joiner;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Why the joiner is not the left join of Kafka Streams' DSL: an event that comes out of order, well
 * within the grace, is given out without a label at once, and again with the label that comes
 * (KAFKA-19536). A model would learn it as "ok", then as "fraud".
 */
class DslTrapTest {
  private static final Duration WAIT = Duration.ofSeconds(10);
  private static final Duration GRACE = Duration.ofSeconds(60);

  private TopologyTestDriver driver;
  private TestInputTopic<String, String> events;
  private TestInputTopic<String, String> labels;
  private TestOutputTopic<String, String> joined;

  @BeforeEach
  void start() {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "trap");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    driver = new TopologyTestDriver(leftJoin(), properties, Instant.ofEpochMilli(0));
    events = driver.createInputTopic("events", new StringSerializer(), new StringSerializer());
    labels = driver.createInputTopic("labels", new StringSerializer(), new StringSerializer());
    joined = driver.createOutputTopic("joined", new StringDeserializer(), new StringDeserializer());
  }

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void theLeftJoinOfTheDslGivesAnEventOutUnlabelledWithinTheGraceAndThenLabelled() {
    events.pipeInput("other", "later", at(30));
    events.pipeInput("card", "payment", at(10)); // 20 s late, of 60 that are granted
    assertThat(joined.readValuesToList()).containsExactly("payment null");

    labels.pipeInput("card", "fraud", at(15));
    assertThat(joined.readValuesToList())
        .as("the same event again, by another label")
        .isEqualTo(List.of("payment fraud"));
  }

  private static Instant at(int second) {
    return Instant.ofEpochSecond(second);
  }

  private static Topology leftJoin() {
    StreamsBuilder builder = new StreamsBuilder();
    var text = Consumed.with(Serdes.String(), Serdes.String());
    builder.stream("events", text)
        .leftJoin(
            builder.stream("labels", text),
            (event, label) -> event + " " + label,
            JoinWindows.ofTimeDifferenceAndGrace(WAIT, GRACE),
            StreamJoined.with(Serdes.String(), Serdes.String(), Serdes.String()))
        .to("joined", Produced.with(Serdes.String(), Serdes.String()));
    return builder.build();
  }
}
