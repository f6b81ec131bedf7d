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
import org.jspecify.annotations.Nullable;

/** Every event has one answer: a score by an announced checkpoint, or the scorer's dead letter. */
final class Scoring implements Invariant {
  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    if (!observed.scope().has(Part.SCORER)) {
      return;
    }
    Answers answers = new Answers(history, observed, truth, findings);
    observed.scores().forEach(answers::take);
    answers.requireAll();
  }

  /** Gathers what was answered. Not thread-safe. */
  private static final class Answers {
    private final History history;
    private final boolean complete;
    private final Truth truth;
    private final Findings findings;
    private final Map<String, Long> steps = new HashMap<>(); // of announced checkpoints, by hash
    private final Set<Place> scored = new HashSet<>();
    private final Set<Place> letters = new HashSet<>();
    private final Map<Integer, Long> last = new HashMap<>(); // with a score, by partition
    private boolean omitted;

    Answers(History history, Observed observed, Truth truth, Findings findings) {
      this.history = history;
      this.complete = observed.scope().complete();
      this.truth = truth;
      this.findings = findings;
      for (Announcement announcement : observed.announcements()) {
        steps.put(announcement.checkpoint().sha256(), announcement.step());
      }
      for (Letter letter : observed.letters()) {
        omitted |= letter.omitted() > 0;
        if (letter.unscored()) {
          letters.add(letter.place());
        }
      }
    }

    void take(Score found) {
      requireAnnounced(found.score());
      ServedScore.Place told = found.score().place();
      Place at = told == null ? new Place(-1, -1) : new Place(told.partition(), told.offset());
      require(scored.add(at), "event %s has more than one score", at);
      require(
          at.partition() == found.partition(),
          "the score of event %s stands in partition %d",
          at,
          found.partition());
      Event event = truth.event(at);
      require(
          event != null && event.kind().scored(),
          "a score of %s, where %s stands",
          at,
          event == null ? "no committed event" : "one that is " + event.kind());
      last.merge(at.partition(), at.offset(), Math::max);
    }

    private void requireAnnounced(ServedScore score) {
      Long step = steps.get(score.checkpoint());
      require(
          step != null && step == score.step(),
          "the score of event %s names checkpoint %s of step %d, %s",
          score.place(),
          score.checkpoint(),
          score.step(),
          step == null ? "which was never announced" : "announced as of step " + step);
    }

    /** In the end every event; until then those before the last of their partition. */
    void requireAll() {
      for (Event event : history.events()) {
        Place at = event.place();
        boolean due = complete || at.offset() < last.getOrDefault(at.partition(), -1L);
        require(
            !due || mayMiss(event) || scored.contains(at) || letters.contains(at),
            "event %s (%s) has neither a score nor a dead letter",
            at,
            event.kind());
      }
    }

    private boolean mayMiss(Event event) {
      return event.kind() == Kind.TOMBSTONE
          || history.mayBeLost(event.place())
          || (!event.kind().scored() && omitted);
    }

    private void require(boolean holds, String format, @Nullable Object... figures) {
      findings.require(holds, Rule.SCORED_ONCE, format, figures);
    }
  }
}
