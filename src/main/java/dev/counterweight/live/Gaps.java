package dev.counterweight.live;

import dev.counterweight.live.TopicScan.Unseen;
import dev.counterweight.protocol.JobTopics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the page of this process cannot show, and why, in sentences. */
final class Gaps {
  private Gaps() {}

  /** One sentence for each thing missing; none if everything is to be seen. */
  static List<String> of(JobTopics topics, JobView view, long nowMs) {
    List<String> sentences = new ArrayList<>();
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put(topics.events(), "arrivals and distances");
    shown.put(topics.classWeights(), "classes and their weights");
    shown.put(topics.metrics(), "loss, recall and batch shares");
    shown.put(topics.checkpoints(), "checkpoints");
    shown.put(topics.deadLetters(), "dead letters");
    shown.forEach(
        (topic, what) -> {
          Unseen why = view.unseen().get(topic);
          if (why == Unseen.FORBIDDEN) {
            sentences.add(
                "This process may not read '%s', so it cannot show %s.".formatted(topic, what));
          } else if (why == Unseen.ABSENT && topic.equals(topics.events())) {
            sentences.add("Topic '%s' does not exist.".formatted(topic));
          }
        });
    if (view.held().forMs(nowMs) >= Headline.HELD_MS) {
      sentences.add(
          "%,d offsets of '%s' have been behind a producer's open transaction for %s (%s): nobody gets them until it ends."
              .formatted(
                  view.held().offsets(),
                  topics.events(),
                  Headline.held(view, nowMs),
                  view.held().where()));
    }
    if (view.timeMs() == 0) {
      return sentences;
    }
    if (view.latest().weights() == null
        && view.unseen().get(topics.classWeights()) != Unseen.FORBIDDEN) {
      sentences.add("No class weights yet: the counter publishes them with the first events.");
    }
    if (view.latest().report() == null
        && view.latest().weights() != null
        && view.unseen().get(topics.metrics()) != Unseen.FORBIDDEN) {
      sentences.add("No word from a trainer yet: loss and recall come with its first steps.");
    }
    return sentences;
  }
}
