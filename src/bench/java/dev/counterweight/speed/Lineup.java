package dev.counterweight.speed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Who takes part, in the order of a round, and the topics that they read.
 *
 * @param topics makes them
 * @param product starts Counterweight
 * @param peers the Python scripts that do the same; null where there are none
 * @param events events of the large topic, at most
 */
record Lineup(Topics topics, Product product, @Nullable Peers peers, long events) {
  static final int FEATURES = 30;

  /** Few draws and large batches: most events are counted and passed over. */
  private static final Map<String, String> LEAN = networks("0.05");

  private static final Map<String, String> ONE_DRAW = networks("1");

  private static final String MANY = "events";
  private static final String FEW = "events-few";
  private static final String JSON = "events-json";
  private static final String START = "events-start";
  private static final int START_EVENTS = 1000;

  /**
   * What the peers gather before they train. They wait for seconds where a topic ends amid one, so
   * that it ends with one.
   */
  private static final int WINDOW = 65_536;

  private static final MadeEvents PLAIN = new MadeEvents(FEATURES, 2, false);
  private static final MadeEvents TEXT = new MadeEvents(FEATURES, 2, true);

  /**
   * How to start the Python peers.
   *
   * @param python a Python that has their libraries
   * @param script reads float32 events: BOOTSTRAP TOPIC EVENTS FEATURES CLASSES STYLE
   * @param json the same of JSON events
   */
  record Peers(String python, Path script, Path json) {
    MeteredProcess.Launch launch(
        Path of, String bootstrap, String topic, long events, String style) {
      return new MeteredProcess.Launch(
          List.of(python, of.toString(), bootstrap, topic, "" + events, "" + FEATURES, "2", style),
          Map.of());
    }
  }

  /** Of networks alone, as the scripts train one. */
  private static Map<String, String> networks(String draws) {
    return Map.of(
        "sampler.draws.per.event", draws,
        "evaluation.share", "0.02",
        "batch.size", "256",
        "model.forest", "0");
  }

  private long many() {
    return windows(events);
  }

  private long few() {
    return windows(Math.max(START_EVENTS, events / 10));
  }

  private long json() {
    return windows(Math.max(START_EVENTS, events / 5));
  }

  private static long windows(long count) {
    return count < WINDOW ? count : count / WINDOW * WINDOW;
  }

  /** Fills the topics. */
  void prepare() throws ExecutionException, InterruptedException {
    topics.fill(MANY, PLAIN, many());
    topics.fill(FEW, PLAIN, few());
    topics.fill(JSON, TEXT, json());
    topics.fill(START, PLAIN, START_EVENTS);
  }

  List<Participant> all() {
    List<Participant> all = new ArrayList<>();
    all.add(bare("bare", "a consumer that does nothing", MANY, many(), "start-bare"));
    all.add(role("counter", "the role alone"));
    all.add(role("sampler", "the role alone, given the counter's snapshots"));
    all.add(role("trainer", "the role alone, given the sampler's batches"));
    all.add(role("scorer", "the role alone, given the trainer's checkpoint"));
    all.add(job("all", "0.05 draws an event, batches of 256", MANY, PLAIN, many(), LEAN));
    peer(all, "peer-tuned", "the Python script, tuned", MANY, many(), "tuned");
    all.add(job("all-one-draw", "1 draw an event, batches of 256", FEW, PLAIN, few(), ONE_DRAW));
    peer(all, "peer-tutorial", "the Python script, as tutorials have it", FEW, few(), "tutorial");
    all.add(job("all-defaults", "default settings", FEW, PLAIN, few(), Map.of()));
    all.add(job("all-json", "as all, of JSON", JSON, TEXT, json(), LEAN));
    peer(all, "peer-json", "the Python script, tuned, with json.loads", JSON, json(), "tuned");
    all.add(bare("start-bare", "the consumer's start", START, START_EVENTS, null));
    all.add(job("start-all", "start and end", START, PLAIN, START_EVENTS, LEAN));
    peer(all, "start-peer", "the script's start, up to the first event", START, 1, "tuned");
    return all;
  }

  private Participant bare(
      String name, String what, String topic, long count, @Nullable String start) {
    List<String> command =
        List.of(
            LaunchedJava.program(),
            "-cp",
            System.getProperty("java.class.path"),
            BareConsumer.class.getName(),
            topics.bootstrap(),
            topic,
            "" + count);
    return new Participant(
        name, what, count, round -> new MeteredProcess.Launch(command, Map.of()), start);
  }

  /** A job of its own in each round, all roles in one process. */
  private Participant job(
      String name,
      String what,
      String topic,
      MadeEvents made,
      long count,
      Map<String, String> settings) {
    return new Participant(
        name,
        "all roles in one process, " + what,
        count,
        round ->
            product.run(
                product.settings(name + "-" + round, topic, made, settings),
                "all",
                "--stop-at-end"),
        name.equals("start-all") ? null : "start-all");
  }

  /** The roles of one job a round, one after the other, each from what the one before wrote. */
  private Participant role(String name, String what) {
    return new Participant(
        name,
        what,
        many(),
        round ->
            product.run(
                product.settings("roles-" + round, MANY, PLAIN, LEAN), name, "--stop-at-end"),
        null);
  }

  private void peer(
      List<Participant> all, String name, String what, String topic, long count, String style) {
    if (peers == null) {
      return;
    }
    Path script = topic.equals(JSON) ? peers.json() : peers.script();
    all.add(
        new Participant(
            name,
            what,
            count,
            round -> peers.launch(script, topics.bootstrap(), topic, count, style),
            name.equals("start-peer") ? null : "start-peer"));
  }
}
