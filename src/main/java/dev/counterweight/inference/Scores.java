package dev.counterweight.inference;

import dev.counterweight.protocol.ScoreWriter;
import dev.counterweight.serving.Reason;
import dev.counterweight.serving.Scratch;
import java.util.ArrayList;
import java.util.List;

/** The scores of a request's events, of bounded length together. Not thread-safe. */
final class Scores implements Workplace.Sink {
  private final ScoreWriter writer;
  private final Limits limits;
  private final List<byte[]> scores = new ArrayList<>();
  // Of an array of them: its ends, and a comma each.
  private long bytes = 2;

  Scores(ScoreWriter writer, Limits limits) {
    this.writer = writer;
    this.limits = limits;
  }

  @Override
  public void row(int row, Scratch scratch, List<Reason> reasons) {
    if (bytes > limits.answerBytes()) {
      return; // refused once the rows of this turn are scored
    }
    byte[] score = writer.write(scratch.probabilities(), scratch.decision(), null, reasons);
    scores.add(score);
    bytes += score.length + 1;
  }

  @Override
  public void check() throws Refusal {
    limits.requireAnswerBytes(bytes);
  }

  /** The one there is. */
  byte[] one() {
    return scores.get(0);
  }

  /** All of them, as an array. */
  byte[] array() {
    JsonBytes out = new JsonBytes((int) bytes);
    out.raw("[");
    for (int i = 0; i < scores.size(); i++) {
      if (i > 0) {
        out.raw(",");
      }
      out.raw(scores.get(i));
    }
    return out.raw("]").toBytes();
  }
}
