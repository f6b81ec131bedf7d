package dev.counterweight.inference;

import static dev.counterweight.inference.Refusal.bad;

import dev.counterweight.event.Shown;
import dev.counterweight.inference.EventRows.Slice;
import dev.counterweight.protocol.ScoreWriter;
import dev.counterweight.serving.Reason;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Scores the rows of requests. Thread-safe: each thread has its own places to work at. */
final class Scoring {
  private static final int MOST_REASONS = 1000;

  private final Limits limits;
  private final EventForm form;
  private final InferWriter inferences;
  // Weak: a thread that has no more to do keeps no model that was swapped out. The model keeps
  // them, or each collection of garbage would take them away.
  private final ThreadLocal<List<WeakReference<Workplace>>> places =
      ThreadLocal.withInitial(ArrayList::new);
  private final ThreadLocal<InferReader> readers = ThreadLocal.withInitial(InferReader::new);

  Scoring(String job, Limits limits, EventForm form) {
    this.limits = limits;
    this.form = form;
    this.inferences = new InferWriter(job, limits);
  }

  /** Scores one event, or each of an array. */
  Optional<Reply> score(
      ServedModel model, @Nullable String query, byte[] body, Deadline deadline, int mostRows)
      throws Refusal {
    int reasons = reasons(query);
    if (reasons > 0 && !model.explains()) {
      throw bad("reasons=%d: this kind of model cannot tell what moved a score".formatted(reasons));
    }
    boolean array = EventArray.is(body);
    List<Slice> events =
        array ? EventArray.of(body, limits.rows()) : List.of(new Slice(0, body.length));
    Limits.requireAnswer(events.size(), (long) model.classes().size() + reasons);
    if (events.size() > mostRows) {
      return Optional.empty();
    }
    Workplace place = place(model);
    Scores scores = new Scores(place.writer(), limits);
    place.score(new EventRows(place.events(), body, events), reasons, deadline, scores);
    return Optional.of(Reply.ok(array ? scores.array() : scores.one(), events.size()));
  }

  /** Scores the rows of a request of the protocol's. */
  Optional<Reply> infer(ServedModel model, byte[] body, Deadline deadline, int mostRows)
      throws Refusal {
    InferRequest request = readers.get().read(body);
    inferences.requireOutputs(request);
    Workplace place = place(model);
    TensorRows rows = new TensorRows(request, place.tensors(), place.features(), limits.rows());
    int classes = place.classes().length;
    Limits.requireAnswer(rows.count(), classes);
    if (rows.count() > mostRows) {
      return Optional.empty();
    }
    float[] probabilities = new float[rows.count() * classes];
    int[] decisions = new int[rows.count()];
    place.score(
        rows,
        0,
        deadline,
        (row, scratch, told) -> {
          double[] served = scratch.probabilities();
          for (int c = 0; c < classes; c++) {
            probabilities[row * classes + c] = (float) served[c];
          }
          decisions[row] = scratch.decision();
        });
    return Optional.of(
        Reply.ok(inferences.write(request, place, probabilities, decisions), rows.count()));
  }

  /** Of this thread, by this model; that of the model before is kept, too. */
  Workplace place(ServedModel model) {
    List<WeakReference<Workplace>> own = places.get();
    for (int i = 0; i < own.size(); i++) {
      Workplace place = own.get(i).get();
      if (place != null && place.model() == model) {
        return place;
      }
    }
    if (own.size() == 2) {
      own.remove(0);
    }
    Workplace place = new Workplace(model, form);
    model.keep(place);
    own.add(new WeakReference<>(place));
    return place;
  }

  private static int reasons(@Nullable String query) throws Refusal {
    if (query == null || query.isEmpty()) {
      return 0;
    }
    String name = "reasons=";
    String value = query.startsWith(name) ? query.substring(name.length()) : "";
    if (!value.matches("[0-9]{1,4}") || Integer.parseInt(value) > MOST_REASONS) {
      throw bad(
          "query '%s': there is reasons=K alone, K from 0 to %d"
              .formatted(Shown.text(query), MOST_REASONS));
    }
    return Integer.parseInt(value);
  }

  /** The scores of a request's events, of bounded length together. Not thread-safe. */
  private static final class Scores implements Workplace.Sink {
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
}
