package dev.counterweight.campaign;

import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Kind;
import dev.counterweight.campaign.Observed.Letter;
import dev.counterweight.campaign.Observed.Part;
import dev.counterweight.campaign.Observed.Score;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.protocol.ServedScore;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Every event has one answer: a score by an announced checkpoint, or the scorer's dead letter. */
final class Scoring implements Invariant {
  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    if (!observed.scope().has(Part.SCORER)) {
      return;
    }
    Map<String, Long> steps = new HashMap<>();
    for (Announcement announcement : observed.announcements()) {
      steps.put(announcement.checkpoint().sha256(), announcement.step());
    }
    Set<Place> scored = new HashSet<>();
    for (Score found : observed.scores()) {
      requireAnnounced(found.score(), steps, findings);
      ServedScore.Place told = found.score().place();
      Place at = told == null ? new Place(-1, -1) : new Place(told.partition(), told.offset());
      findings.require(scored.add(at), Rule.SCORED_ONCE, "event %s has more than one score", at);
      findings.require(
          at.partition() == found.partition(),
          Rule.SCORED_ONCE,
          "the score of event %s stands in partition %d",
          at,
          found.partition());
      Event event = truth.event(at);
      findings.require(
          event != null && event.kind().scored(),
          Rule.SCORED_ONCE,
          "a score of %s, where %s stands",
          at,
          event == null ? "no committed event" : "one that is " + event.kind());
    }
    if (observed.scope().complete()) {
      requireAll(history, observed, scored, findings);
    }
  }

  private static void requireAnnounced(
      ServedScore score, Map<String, Long> steps, Findings findings) {
    Long step = steps.get(score.checkpoint());
    findings.require(
        step != null && step == score.step(),
        Rule.SCORED_ONCE,
        "the score of event %s names checkpoint %s of step %d, %s",
        score.place(),
        score.checkpoint(),
        score.step(),
        step == null ? "which was never announced" : "announced as of step " + step);
  }

  private static void requireAll(
      History history, Observed observed, Set<Place> scored, Findings findings) {
    Set<Place> letters = new HashSet<>();
    long omitted = 0;
    for (Letter letter : observed.letters()) {
      omitted += letter.omitted();
      if (letter.unscored()) {
        letters.add(letter.place());
      }
    }
    for (Event event : history.events()) {
      boolean answered = scored.contains(event.place()) || letters.contains(event.place());
      boolean mayMiss =
          event.kind() == Kind.TOMBSTONE
              || history.mayBeLost(event.place())
              || (!event.kind().scored() && omitted > 0);
      findings.require(
          answered || mayMiss,
          Rule.SCORED_ONCE,
          "event %s (%s) has neither a score nor a dead letter",
          event.place(),
          event.kind());
    }
  }
}
