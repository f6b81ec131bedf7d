package dev.counterweight.config;

import dev.counterweight.config.ScorerConfig.Follow;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys of the scorer: what is answered where, by which model. */
final class ScorerKeys {
  static final KeyGroup KEYS = new KeyGroup("Scores");

  private static final String NONE = "none";
  private static final int MAX_TOPIC = 249;

  private static final Key<String> EVENTS_TOPIC =
      KEYS.optional(
              "scores.events.topic",
              Form.matching(
                  "[a-zA-Z0-9._-]{1," + MAX_TOPIC + "}",
                  "a topic's name, 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', or none"))
          .means(
              "Topic of the events that the scorer answers on JOB.scores, in the form of those of"
                  + " events.topic; they need no label, time or importance. none: only requests"
                  + " over HTTP are answered. Default: events.topic.");
  private static final Key<Follow> FOLLOW =
      KEYS.key(
              "scores.follow",
              "newest",
              Form.of(
                  "newest, guarded, or a step, a whole number of at least 0",
                  text -> follow(text.strip())))
          .means(
              "Which checkpoints the scorer takes. newest: each that is announced. guarded: each"
                  + " but those that were worse on recent events than the one in use, by more than"
                  + " their intervals allow. A step: those of that step alone.");
  private static final Key<Long> MAX_AGE =
      KEYS.key("scores.max.age", "10m", Amount.DURATION.atLeast(1000))
          .means(
              "For how long a newer checkpoint may be announced that the scorer could not take,"
                  + " before /health/ready says 503. It answers by the one it has meanwhile.");
  private static final Key<Integer> REASONS =
      KEYS.key("scores.reasons", 0, Form.whole(0, 1000))
          .means(
              "How many features each score names that moved its decision most; it costs as much"
                  + " again as the score. 0: none.");
  private static final Key<Long> RETENTION =
      KEYS.key("scores.retention", "7d", Amount.DURATION.atLeast(3_600_000))
          .means(
              "How long scores are kept: the retention.ms of JOB.scores where it is made. Where"
                  + " scores are judged it must be longer than their labels take.");
  private static final Key<Integer> PORT =
      KEYS.optional("scores.port", Form.whole(0, 65535))
          .means(
              "Port on which the scorer answers requests over HTTP; 0 takes any free port. Default:"
                  + " none, it answers on its topic alone.");
  private static final Key<String> HOST =
      KEYS.key("scores.host", "127.0.0.1", Form.text())
          .needs(PORT)
          .means("Address that scores.port is bound on.");
  private static final Key<String> TLS_CERTIFICATE =
      KEYS.optional("scores.tls.certificate", Form.text())
          .needs(PORT)
          .means(
              "PEM file of the certificate that scores.port shows, and of those that signed it;"
                  + " with scores.tls.key. Default: plain HTTP.");
  private static final Key<String> TLS_KEY =
      KEYS.optional("scores.tls.key", Form.text())
          .needs(PORT)
          .means("PEM file of the certificate's private key, PKCS #8 and not encrypted.");
  private static final Key<String> TOKEN =
      KEYS.optional("scores.token", Form.text())
          .needs(PORT)
          .means(
              "Token that each request for a score must bear (Authorization: Bearer TOKEN); as a"
                  + " reference such as ${file:PATH:KEY}. Default: none is asked for.");
  private static final Key<Long> MAX_REQUEST_BYTES =
      KEYS.key("scores.max.request.bytes", "1 MiB", Amount.SIZE.between(1 << 10, 1 << 30))
          .needs(PORT)
          .means("Most bytes of a request over HTTP; a longer one is refused.");
  private static final Key<Integer> MAX_ROWS =
      KEYS.key("scores.max.rows", 10_000, Form.whole(1, 1_000_000))
          .needs(PORT)
          .means("Most rows of a request over HTTP; one with more is refused.");
  private static final Key<String> STATE_DIR =
      KEYS.optional("scores.state.dir", Form.text())
          .means(
              "Folder in which scores wait for their labels, where labels.topic is set, on a disk"
                  + " that outlives the process. One that is lost is filled again from Kafka."
                  + " Default: labels.state.dir.");

  private ScorerKeys() {}

  private static Optional<Follow> follow(String text) {
    return switch (text) {
      case "newest" -> Optional.of(Follow.NEWEST);
      case "guarded" -> Optional.of(Follow.GUARDED);
      default ->
          text.matches("[0-9]{1,18}")
              ? Optional.of(Follow.of(Long.parseLong(text)))
              : Optional.empty();
    };
  }

  /**
   * @param source the user's topic of events
   */
  static ScorerConfig read(Values v, EventsConfig source) {
    Optional<String> topic = v.find(EVENTS_TOPIC);
    boolean offTopic = topic.filter(NONE::equals).isPresent();
    return new ScorerConfig(
        offTopic ? null : source.on(topic.orElse(source.topic())),
        v.find(PORT).isPresent() || topic.isPresent() && !offTopic,
        v.get(FOLLOW),
        v.get(MAX_AGE),
        v.get(REASONS),
        v.get(RETENTION),
        http(v),
        v.find(STATE_DIR).map(Path::of).orElse(null));
  }

  private static @Nullable ScoresHttpConfig http(Values v) {
    if (v.find(PORT).isEmpty()) {
      return null;
    }
    Optional<String> certificate = v.find(TLS_CERTIFICATE);
    Optional<String> key = v.find(TLS_KEY);
    return new ScoresHttpConfig(
        v.get(HOST),
        v.get(PORT),
        certificate.isPresent() && key.isPresent()
            ? new ScoresHttpConfig.Tls(Path.of(certificate.get()), Path.of(key.get()))
            : null,
        v.find(TOKEN).orElse(null),
        v.get(MAX_REQUEST_BYTES).intValue(),
        v.get(MAX_ROWS));
  }

  /** Looks at the rules between the keys. */
  static void check(Values v, JobConfig job, Problems problems) {
    EventsConfig events = job.scorer().events();
    if (events != null && v.find(EVENTS_TOPIC).isPresent()) {
      problems.requireForeign(EVENTS_TOPIC, events.topic(), job.topics());
    }
    if (events == null && v.find(PORT).isEmpty()) {
      problems.add(
          "%s=%s: nothing would be scored without %s: set that, or name a topic",
          EVENTS_TOPIC, NONE, PORT);
    }
    together(v, TLS_CERTIFICATE, TLS_KEY, problems);
    together(v, TLS_KEY, TLS_CERTIFICATE, problems);
  }

  private static void together(Values v, Key<String> set, Key<String> other, Problems problems) {
    v.find(set)
        .filter(file -> v.find(other).isEmpty())
        .ifPresent(file -> problems.add("%s=%s: needs %s with it", set, file, other));
  }
}
