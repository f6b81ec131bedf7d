package dev.counterweight.demo;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * What a demo streams, who learns from it, and what comes of it. Owned by the demo's thread; made
 * when the broker stands, and closed before that goes.
 */
interface Scenario extends AutoCloseable {
  /**
   * Where it is played.
   *
   * @param servers of the broker
   * @param out where it tells how far it is
   * @param terminal whether to show a progress bar rather than lines
   * @param stopped whether the demo is to end
   */
  record Stage(
      Demo.Options options,
      DemoFolder folder,
      KafkaClients clients,
      String servers,
      DemoJobs jobs,
      Clock clock,
      PrintWriter out,
      boolean terminal,
      BooleanSupplier stopped) {

    void say(String line) {
      out.println(line);
      out.flush();
    }
  }

  /**
   * What came of it so far.
   *
   * @param table for who watches
   * @param summary figures, as they stand in JSON
   */
  record Outcome(String table, Map<String, Object> summary) {}

  /** The settings of the job that takes events as they come, but for where it runs. */
  Map<String, String> natural(DemoFolder folder);

  /** Those of the job that rebalances. */
  Map<String, String> rebalanced(DemoFolder folder);

  /** Creates the topics that must be there before the jobs start. */
  void createTopics(TopicSetup topics, DemoJobs jobs);

  /**
   * Streams, and watches until all is learnt, or the demo is stopped.
   *
   * @throws Exception what the first role to fail threw
   */
  void play(Stage stage) throws Exception;

  /** Takes in what only running roles tell; once played. */
  void ask();

  /** Writes the report with the figures there are now, over that written before; once played. */
  Outcome outcome();

  /** An event as JSON, to ask the model for. */
  String question();

  @Override
  void close();
}
